"""The files behind links: fetched from elsewhere, without reaching what is not public."""
