"""Procore's REST API behind `domain.ports.ProcorePort`, in own-inbox mode: plain REST, no ERP platform (design §7)."""
