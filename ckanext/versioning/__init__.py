"""Every change to a CKAN dataset becomes a revision."""
