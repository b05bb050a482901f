"""What a desk holds of places, before anything is released: rows read, flags, identity, reconciling.

>>> from entente.places import columns
>>> columns.recognised(["اسم المرفق", "خط العرض", "خط الطول"])
{'name': 0, 'lat': 1, 'lon': 2}
"""
