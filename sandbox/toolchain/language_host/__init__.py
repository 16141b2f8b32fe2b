"""The language host: how the Pulumi engine runs a Python program.

The engine starts `pulumi-language-python`, which is `server`: a thin gRPC server that never imports the Pulumi SDK. For
each `Run` it starts `launcher` in the program's own interpreter: a program that sleeps, exits or crashes is a process
that can be ended, and its virtual environment need not be ours.
"""
