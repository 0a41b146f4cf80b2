"""What `compare`, `bench` and their like share: a subject, processes measured from outside, figures, charts."""
