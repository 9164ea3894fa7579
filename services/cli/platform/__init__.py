"""The whole platform under one supervisor: data folder, plan of processes, supervision."""
