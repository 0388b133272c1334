"""Pure translations: a Procore object to CMiC rows, and back. One module per object."""
