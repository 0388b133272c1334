"""What comes from CMiC, one module an import: its tables of fields, and what may keep a row out."""
