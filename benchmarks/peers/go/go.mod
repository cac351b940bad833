module pyvm.benchmarks/peer

go 1.19
