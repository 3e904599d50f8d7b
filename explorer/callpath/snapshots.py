"""Summaries of one run's values, each made once: per tensor and version, per submodule, per small constant."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from explorer.callpath.buffers import fingerprint
from explorer.callpath.values import storage_of, summarize
from explorer.record import Summary

_CONSTANT = frozenset({int, bool, type(None)})
_function_modes = torch._C._len_torch_function_stack


class Snapshots:
    """What values were when they were looked at. Equal looks give the same object."""

    def __init__(self, paths: Mapping[int, str], buffers: frozenset[int]) -> None:
        """paths: id of a submodule → its path; these outlive the run. buffers: ids of tensors watched by content."""
        self._paths, self._buffers = paths, buffers
        self.mutations: dict[int, int] = {}  # storage → writes seen, for inference tensors: they have no version
        self._modules: dict[int, Summary] = {}
        self._constants: dict[tuple[type, Any], Summary] = {}
        self._tensors: dict[int, tuple[weakref.ref[Any], Any, Summary]] = {}

    def summary(self, value: Any) -> Summary:
        """`summarize`, from memory where nothing changed since."""
        kind = type(value)
        if kind is Tensor or kind is nn.Parameter:
            return self._tensor(value)
        if kind in _CONSTANT:
            known = self._constants.get((kind, value))
            if known is None:
                known = self._constants[kind, value] = summarize(value)
            return known
        if kind is tuple and len(value) == 1:  # the arguments of most calls: one tensor, whose summary is at hand
            item = self.summary(value[0])
            return Summary("tuple", f"({item.text},)", None, (("0", item),)) if item.tensor else summarize(value)
        if id(value) in self._paths:
            if id(value) not in self._modules:
                self._modules[id(value)] = summarize(value)
            return self._modules[id(value)]
        return summarize(value, 0, self._nested)

    def _tensor(self, tensor: Tensor) -> Summary:
        if _function_modes():
            with torch._C.DisableTorchFunction():  # reading must not reach a function mode of the caller's
                mark = self._mark(tensor)
        else:
            mark = self._mark(tensor)
        kept = self._tensors.get(id(tensor))
        if kept is not None and kept[1] == mark and kept[0]() is tensor:
            return kept[2]
        made = summarize(tensor)
        self._tensors[id(tensor)] = (weakref.ref(tensor), mark, made)
        return made

    def _mark(self, tensor: Tensor) -> Any:
        """What differs once a tensor was changed in place."""
        if id(tensor) in self._buffers:
            return fingerprint(tensor)
        try:
            return tensor._version, tensor.requires_grad
        except RuntimeError:  # an inference tensor has no version: count the writes that were seen
            return self.mutations.get(storage_of(tensor), 0), tensor.requires_grad

    def _nested(self, value: Any, depth: int) -> Summary:
        kind = type(value)
        if kind is Tensor or kind is nn.Parameter or kind in _CONSTANT:
            return self.summary(value)
        return summarize(value, depth, self._nested)
