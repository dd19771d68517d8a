"""The metadata is in pyproject.toml; this holds what setuptools reads only from here."""

from setuptools import setup

setup(
    # Which files `python setup.py extract_messages` reads for translations.
    message_extractors={
        "ckanext": [
            ("**.py", "python", None),
            ("**.js", "javascript", None),
            ("**/templates/**.html", "ckan", None),
        ],
    },
)
