package org.m4fw.quantizer.report;

import java.util.Optional;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.quantizer.kernel.Quality;

/**
 * What storing one weight in an encoding did to it.
 *
 * @param from the encoding it came in, by id: {@code f16}, {@code bf16}
 * @param quality what it cost; empty if the weight came quantized, so that nobody here can tell
 * @param bytesBefore its size as it came, scales included
 * @param bytesAfter its size as it is stored, scales included
 */
public record WeightReport(
    String name,
    Shape shape,
    String from,
    Encoding encoding,
    Optional<Quality> quality,
    long bytesBefore,
    long bytesAfter) {}
