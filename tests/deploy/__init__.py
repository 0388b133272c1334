"""No container engine runs here: the deployment's files are held against the code, and what runs without one is run."""
