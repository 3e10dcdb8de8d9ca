"""A cloud on the loopback for tests of what talks to AWS: moto, and the operations, faults and authorization that it lacks."""
