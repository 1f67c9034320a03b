"""Totals over all datasets of a server."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.datasets.list.listing import Everything


@dataclass(frozen=True)
class Totals:
    """``datasets`` is exact. Chunks and tokens are RAGFlow's counters, which grow with every reparse (contract §10.1).

    ``summed`` is the number of datasets in the totals, less than ``datasets`` if there are too many to read.
    """

    datasets: int
    documents: int
    chunks: int
    tokens: int
    summed: int

    @property
    def is_complete(self) -> bool:
        return self.summed >= self.datasets

    @classmethod
    def of(cls, everything: Everything) -> Totals:
        datasets = everything.datasets
        return cls(
            datasets=everything.total,
            documents=sum(dataset.document_count for dataset in datasets),
            chunks=sum(dataset.chunk_count for dataset in datasets),
            tokens=sum(dataset.token_count for dataset in datasets),
            summed=len(datasets),
        )
