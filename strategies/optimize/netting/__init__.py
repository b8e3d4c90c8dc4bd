"""Gains against losses.

Reading order: ``law`` (what is due), ``gains`` (lots by what they gain), ``year`` (what a plan
makes of it), ``cuts`` (the program over the rates), ``solve`` (the search).
"""
