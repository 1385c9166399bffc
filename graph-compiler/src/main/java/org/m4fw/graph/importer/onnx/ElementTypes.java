package org.m4fw.graph.importer.onnx;

import java.util.Optional;
import org.m4fw.graph.ir.ElementType;

/** The element types that values may have: those that every target computes with. */
final class ElementTypes {
  private ElementTypes() {}

  /**
   * By the number in ONNX. Narrow floating-point types are none of them: which one a graph computes
   * in is up to the target.
   */
  static Optional<ElementType> of(long number) {
    for (ElementType type : ElementType.values()) {
      boolean supported =
          switch (type) {
            case FLOAT32, INT64, INT32, INT8, UINT8, BOOL -> true;
            case INT16, FLOAT16, BFLOAT16, INT4 -> false;
          };
      if (supported && type.onnxNumber() == number) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
