"""The metadata is in pyproject.toml; this holds what setuptools reads only from here."""

from setuptools import find_namespace_packages, setup

setup(
    # `ckanext` is shared by CKAN and all extensions. It has no __init__.py here,
    # so a CKAN from PyPI and a machine without CKAN find us. A CKAN installed from
    # its source tree has one, which hides everything that is not on the list that
    # `namespace_packages` adds to; CKAN itself and most extensions use it too.
    packages=find_namespace_packages(include=["ckanext.versioning*"]),
    namespace_packages=["ckanext"],
)
