"""The assembly: each module binds the rooms to one provider, through the hooks that outside providers use too."""
