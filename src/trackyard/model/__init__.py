"""The words: event, envelope, delivery, workspace, errors. Imports nothing of ours."""
