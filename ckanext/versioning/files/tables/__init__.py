"""What changed between two tables in files: columns, types and rows.

The work is done by :mod:`.child` in a process of its own, with ceilings; nothing here but
:mod:`.messages` knows CKAN, so that the child starts fast.
"""
