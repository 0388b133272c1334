"""CMiC's REST API behind `domain.ports.CmicPort` (design §8). `gateway.CmicGateway.open` is the way in."""
