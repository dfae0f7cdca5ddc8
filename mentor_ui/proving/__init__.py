"""The proof that a buyer can run: each guard of the money is switched off, and what that loses is shown.

Guards are switched off from in here alone, by functions replaced in the proving process. The product has no
switch for it, and nothing of the product imports this package but the command that starts it.
"""
