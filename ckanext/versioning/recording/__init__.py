"""From an accepted change of a CKAN dataset to a revision in the metastore."""
