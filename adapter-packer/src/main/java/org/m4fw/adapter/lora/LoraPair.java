package org.m4fw.adapter.lora;

import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.AttachmentPoint;

/**
 * A low-rank branch at one attachment point: y += s·B·(A·x), where s comes from alpha and the rank.
 *
 * @param point where it attaches, with the widths that the tensors have
 * @param rank at least 1
 * @param alpha finite and positive
 * @param down A [rank, in]
 * @param up B [out, rank]
 */
public record LoraPair(AttachmentPoint point, int rank, double alpha, Tensor down, Tensor up) {}
