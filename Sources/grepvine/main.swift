print("grepvine")
