"""Adding and changing many people at once, from the records of a file (contract section 11)."""

from directory.operations.imports.batches import finish_import, import_users
from directory.operations.imports.results import ImportOutcome, ImportSummary, RowResult, reason_of

__all__ = ["ImportOutcome", "ImportSummary", "RowResult", "finish_import", "import_users", "reason_of"]
