"""The processes, and the one place that wires ports to systems."""
