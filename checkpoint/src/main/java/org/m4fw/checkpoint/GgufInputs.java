package org.m4fw.checkpoint;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.json.Fields;
import org.m4fw.checkpoint.gguf.GgufFile;
import org.m4fw.checkpoint.gguf.GgufTensor;
import org.m4fw.checkpoint.gguf.GgufType;
import org.m4fw.checkpoint.packed.GgufMatrix;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tensors of a GGUF file: plain ones as slices of it, quantized ones of the types that {@link
 * GgufMatrix} reads as copies. A LLaMA gets the names, the configuration and the order of rows that
 * Hugging Face's files have ({@link GgufLlama}); other models keep theirs.
 */
final class GgufInputs {
  private static final int MAX_COLUMNS = 1 << 24;

  private final MappedFile file;
  private final Optional<GgufLlama> llama;

  private GgufInputs(MappedFile file, Optional<GgufLlama> llama) {
    this.file = file;
    this.llama = llama;
  }

  /**
   * Reads the file.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link
   *     org.m4fw.checkpoint.gguf.GgufError}, a {@link org.m4fw.checkpoint.packed.PackedError}, or
   *     {@link CheckpointError#GGUF_QUANTIZED} for types that are not read
   */
  static Unpacked read(MappedFile file, UnpackedCopies copies) {
    GgufFile content = GgufFile.read(file.path(), file.segment());
    requireReadable(file.path(), content.tensors());
    Optional<GgufLlama> llama = GgufLlama.of(file.path(), content);
    return new GgufInputs(file, llama).convert(content.tensors(), copies);
  }

  private static void requireReadable(Path file, SortedMap<String, GgufTensor> stored) {
    SortedSet<String> types = new TreeSet<>();
    long count = 0;
    for (GgufTensor tensor : stored.values()) {
      boolean matrix =
          tensor.dims().size() == 2
              && tensor.dims().get(1) <= MAX_COLUMNS
              && GgufMatrix.canRead(tensor.type());
      if (plain(tensor.type()).isEmpty() && !matrix) {
        types.add(tensor.type().name());
        count++;
      }
    }
    if (count > 0) {
      throw CheckpointError.GGUF_QUANTIZED.at(
          file, "", count, stored.size(), String.join(", ", types));
    }
  }

  private Unpacked convert(SortedMap<String, GgufTensor> stored, UnpackedCopies copies) {
    ObjectNode entries = JsonNodeFactory.instance.objectNode();
    Unpacked.Builder builder = new Unpacked.Builder(copies, entries);
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    for (GgufTensor tensor : stored.values()) {
      String name = llama.map(model -> model.name(tensor.name())).orElse(tensor.name());
      int heads = llama.map(model -> model.rotaryHeads(tensor.name())).orElse(0);
      Optional<DType> dtype = plain(tensor.type());
      if (dtype.isPresent() && heads == 0) {
        tensors.put(name, slice(name, dtype.get(), tensor));
      } else if (dtype.isPresent()) {
        copies.values(name, matrix(tensor, heads));
      } else {
        // Only a LLaMA has a configuration that can say how a matrix is stored.
        boolean asNumbers = llama.isEmpty() || GgufLlama.isVocabulary(tensor.name());
        builder.add(name, matrix(tensor, heads), asNumbers, tensor.type().name());
      }
    }
    tensors.putAll(copies.tensors());
    Optional<Fields> config =
        llama.map(model -> Fields.of(file.path().toString(), model.config(entries)));
    return new Unpacked(tensors, config, builder.notes("GGUF"));
  }

  private GgufMatrix matrix(GgufTensor tensor, int heads) {
    List<Long> dims = tensor.dims();
    return new GgufMatrix(
        tensor.type(),
        dims.get(0),
        Math.toIntExact(dims.get(1)),
        heads,
        file.segment().asSlice(tensor.begin(), tensor.byteSize()));
  }

  private Tensor slice(String name, DType dtype, GgufTensor tensor) {
    Extent extent = new Extent(file.path(), tensor.begin(), tensor.byteSize());
    MemorySegment data = file.segment().asSlice(extent.offset(), extent.length());
    return new Tensor(name, dtype, new Shape(tensor.dims()), extent, data);
  }

  private static Optional<DType> plain(GgufType type) {
    return switch (type) {
      case F32 -> Optional.of(DType.F32);
      case F16 -> Optional.of(DType.F16);
      case BF16 -> Optional.of(DType.BF16);
      case F64 -> Optional.of(DType.F64);
      case I8 -> Optional.of(DType.I8);
      case I16 -> Optional.of(DType.I16);
      case I32 -> Optional.of(DType.I32);
      case I64 -> Optional.of(DType.I64);
      default -> Optional.empty();
    };
  }
}
