package org.m4fw.checkpoint.gguf;

import java.util.List;

/**
 * A tensor as the file has it.
 *
 * @param dims the shape, outermost first (the file says it the other way round)
 * @param begin where its bytes are, from the start of the file
 * @param byteSize how many there are
 */
public record GgufTensor(String name, GgufType type, List<Long> dims, long begin, long byteSize) {}
