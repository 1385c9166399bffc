package org.m4fw.graph.tflite;

import com.google.flatbuffers.FlatBufferBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.ToLongFunction;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.tflite.LiteModel.Operation;
import org.m4fw.graph.tflite.LiteModel.Option;
import org.m4fw.graph.tflite.LiteModel.Quantization;
import org.m4fw.graph.tflite.LiteModel.Signature;
import org.m4fw.graph.tflite.LiteModel.Tensor;

/**
 * Writes .tflite files: a flatbuffer (file identifier {@code TFL3}) whose larger buffers lie behind
 * it in the same file, each aligned to 64 bytes, as {@code Buffer.offset} and {@code size} say. So
 * a file may be larger than the 2 GB that a flatbuffer can be. Source: schema.fbs of LiteRT,
 * version 3; fields are given by their places in its tables.
 */
public final class LiteWriter {
  /** Smaller buffers are in the flatbuffer itself. */
  private static final long SMALLEST_OUTSIDE = 1024;

  private static final int ALIGNMENT = 64;

  /** Of the largest size that phones have, so that weights can be mapped behind a head. */
  public static final int PAGE = 16384;

  private static final int SCHEMA_VERSION = 3;
  private static final int PLACEHOLDER_FOR_GREATER_CODES = 127;
  private static final int BLOCKWISE_DETAILS = 2;

  private final LiteModel model;
  private final FlatBufferBuilder out = new FlatBufferBuilder(1 << 16);
  private final Map<OperatorCode, Integer> codes = new LinkedHashMap<>();

  private record OperatorCode(BuiltinOperator operator, int version) {}

  private LiteWriter(LiteModel model) {
    this.model = model;
  }

  /** Appends a model to a file that is empty so far. */
  public static void append(LiteModel model, OutputFile file) {
    append(model, file, Optional.empty());
  }

  /**
   * Appends a model without its weights to a file that is empty so far: the flatbuffer, and behind
   * it what is in no form that others read. Weights that stay as they are come behind the file,
   * which is as long as a multiple of {@link #PAGE}: whoever puts their file there, or maps it
   * there, has the whole model.
   *
   * @param places where an extent lies in the file of the weights
   */
  public static void appendHead(LiteModel model, OutputFile file, ToLongFunction<Extent> places) {
    append(model, file, Optional.of(places));
    file.align(PAGE);
  }

  private static void append(
      LiteModel model, OutputFile file, Optional<ToLongFunction<Extent>> places) {
    List<Content> buffers = model.buffers();
    long[] offsets = new long[buffers.size()];
    java.util.Arrays.fill(offsets, 2);
    // Offsets have a fixed width, so that the size does not depend on them.
    long end = new LiteWriter(model).bytes(offsets).length;
    for (int i = 0; i < offsets.length; i++) {
      if (isOutside(buffers.get(i)) && !(places.isPresent() && isShared(buffers.get(i)))) {
        offsets[i] = Math.ceilDiv(end, ALIGNMENT) * ALIGNMENT;
        end = offsets[i] + buffers.get(i).size();
      }
    }
    long head = Math.ceilDiv(end, PAGE) * PAGE;
    for (int i = 0; i < offsets.length; i++) {
      if (places.isPresent()
          && buffers.get(i) instanceof Content.Stored stored
          && stored.isPlain()) {
        offsets[i] = head + places.get().applyAsLong(stored.extent());
      }
    }
    file.append(new LiteWriter(model).bytes(offsets));
    for (int i = 0; i < offsets.length; i++) {
      Content content = buffers.get(i);
      if (isOutside(content) && !(places.isPresent() && isShared(content))) {
        file.align(ALIGNMENT);
        if (file.position() != offsets[i]) {
          throw new IllegalStateException("buffer %s is not where it should be".formatted(i));
        }
        append(content, file);
      }
    }
  }

  private static boolean isShared(Content content) {
    return content instanceof Content.Stored stored && stored.isPlain();
  }

  private static boolean isOutside(Content content) {
    return content instanceof Content.Stored || content.size() >= SMALLEST_OUTSIDE;
  }

  private static void append(Content content, OutputFile file) {
    switch (content) {
      case Content.Given(byte[] bytes) -> file.append(bytes);
      case Content.Stored(var extent, Conversion conversion, long size) -> {
        try (MappedFile source = MappedFile.open(extent.file())) {
          conversion.append(source.segment().asSlice(extent.offset(), extent.length()), file);
        }
      }
      case Content.Within within ->
          throw new IllegalArgumentException("a file that was read is not written again");
    }
  }

  private byte[] bytes(long[] offsets) {
    int[] graphs = model.signatures().stream().mapToInt(this::subgraph).toArray();
    int[] signatures = new int[graphs.length];
    for (int i = 0; i < graphs.length; i++) {
      signatures[i] = signature(model.signatures().get(i), i);
    }
    int[] operatorCodes = codes.keySet().stream().mapToInt(this::operatorCode).toArray();
    int[] buffers = new int[offsets.length];
    for (int i = 0; i < offsets.length; i++) {
      buffers[i] = buffer(model.buffers().get(i), offsets[i]);
    }
    int description = out.createString(model.description());
    int codeVector = out.createVectorOfTables(operatorCodes);
    int graphVector = out.createVectorOfTables(graphs);
    int bufferVector = out.createVectorOfTables(buffers);
    int signatureVector = out.createVectorOfTables(signatures);
    out.startTable(8);
    out.addInt(0, SCHEMA_VERSION, 0);
    out.addOffset(1, codeVector, 0);
    out.addOffset(2, graphVector, 0);
    out.addOffset(3, description, 0);
    out.addOffset(4, bufferVector, 0);
    out.addOffset(7, signatureVector, 0);
    out.finish(out.endTable(), "TFL3");
    return out.sizedByteArray();
  }

  private int buffer(Content content, long offset) {
    if (isOutside(content)) {
      out.startTable(3);
      out.addLong(1, offset, 0);
      out.addLong(2, content.size(), 0);
      return out.endTable();
    }
    byte[] bytes = content instanceof Content.Given(byte[] given) ? given : new byte[0];
    int data = 0;
    if (bytes.length > 0) {
      out.startVector(1, bytes.length, 16);
      for (int i = bytes.length - 1; i >= 0; i--) {
        out.addByte(bytes[i]);
      }
      data = out.endVector();
    }
    out.startTable(3);
    out.addOffset(0, data, 0);
    return out.endTable();
  }

  private int operatorCode(OperatorCode code) {
    out.startTable(4);
    out.addByte(0, (byte) Math.min(code.operator().code(), PLACEHOLDER_FOR_GREATER_CODES), 0);
    out.addInt(2, code.version(), 1);
    out.addInt(3, code.operator().code(), 0);
    return out.endTable();
  }

  private int subgraph(Signature signature) {
    int[] tensors = signature.tensors().stream().mapToInt(this::tensor).toArray();
    int[] operations = signature.operations().stream().mapToInt(this::operation).toArray();
    int name = out.createString(signature.key());
    int tensorVector = out.createVectorOfTables(tensors);
    int inputs = ints(List.copyOf(signature.inputs().values()));
    int outputs = ints(List.copyOf(signature.outputs().values()));
    int operationVector = out.createVectorOfTables(operations);
    out.startTable(5);
    out.addOffset(0, tensorVector, 0);
    out.addOffset(1, inputs, 0);
    out.addOffset(2, outputs, 0);
    out.addOffset(3, operationVector, 0);
    out.addOffset(4, name, 0);
    return out.endTable();
  }

  private int ints(List<Integer> values) {
    out.startVector(4, values.size(), 4);
    for (int value : values.reversed()) {
      out.addInt(value);
    }
    return out.endVector();
  }

  private int tensor(Tensor tensor) {
    int shape = ints(tensor.shape());
    int name = out.createString(tensor.name());
    int quantization = tensor.quantization().map(this::quantization).orElse(0);
    out.startTable(9);
    out.addOffset(0, shape, 0);
    out.addByte(1, (byte) tensor.type().number(), 0);
    out.addInt(2, tensor.buffer(), 0);
    out.addOffset(3, name, 0);
    out.addOffset(4, quantization, 0);
    out.addBoolean(8, true, false);
    return out.endTable();
  }

  private int quantization(Quantization quantization) {
    return switch (quantization) {
      case Quantization.Affine affine -> affine(affine);
      case Quantization.Blocks(int scales, int size) -> {
        out.startTable(3);
        out.addInt(0, scales, 0);
        out.addInt(1, -1, 0);
        out.addInt(2, size, 0);
        int details = out.endTable();
        out.startTable(7);
        out.addByte(4, (byte) BLOCKWISE_DETAILS, 0);
        out.addOffset(5, details, 0);
        yield out.endTable();
      }
    };
  }

  private int affine(Quantization.Affine affine) {
    out.startVector(4, affine.scales().size(), 4);
    affine.scales().reversed().forEach(out::addFloat);
    int scales = out.endVector();
    out.startVector(8, affine.zeroPoints().size(), 8);
    affine.zeroPoints().reversed().forEach(out::addLong);
    int zeroPoints = out.endVector();
    out.startTable(7);
    out.addOffset(2, scales, 0);
    out.addOffset(3, zeroPoints, 0);
    out.addInt(6, affine.axis(), 0);
    return out.endTable();
  }

  private int operation(Operation operation) {
    OperatorCode code = new OperatorCode(operation.operator(), operation.version());
    codes.putIfAbsent(code, codes.size());
    int inputs = ints(operation.inputs());
    int outputs = ints(operation.outputs());
    int type = operation.operator().optionsType();
    int options = type == 0 ? 0 : options(operation.options());
    out.startTable(5);
    out.addInt(0, java.util.Objects.requireNonNull(codes.get(code)), 0);
    out.addOffset(1, inputs, 0);
    out.addOffset(2, outputs, 0);
    out.addByte(3, (byte) type, 0);
    out.addOffset(4, options, 0);
    return out.endTable();
  }

  /** Defaults are written too: not all of them are zero. */
  private int options(List<Option> options) {
    out.startTable(options.stream().mapToInt(Option::slot).max().orElse(-1) + 1);
    out.forceDefaults(true);
    for (Option option : options) {
      switch (option) {
        case Option.Flag(int slot, boolean value) -> out.addBoolean(slot, value, false);
        case Option.Choice(int slot, int value) -> out.addByte(slot, (byte) value, 0);
        case Option.Whole(int slot, int value) -> out.addInt(slot, value, 0);
        case Option.Real(int slot, float value) -> out.addFloat(slot, value, 0);
      }
    }
    out.forceDefaults(false);
    return out.endTable();
  }

  private int signature(Signature signature, int graph) {
    int inputs = map(signature.inputs());
    int outputs = map(signature.outputs());
    int key = out.createString(signature.key());
    out.startTable(5);
    out.addOffset(0, inputs, 0);
    out.addOffset(1, outputs, 0);
    out.addOffset(2, key, 0);
    out.addInt(4, graph, 0);
    return out.endTable();
  }

  private int map(SortedMap<String, Integer> tensors) {
    List<Integer> entries = new ArrayList<>();
    tensors.forEach(
        (name, tensor) -> {
          int text = out.createString(name);
          out.startTable(2);
          out.addOffset(0, text, 0);
          out.addInt(1, tensor, 0);
          entries.add(out.endTable());
        });
    return out.createVectorOfTables(entries.stream().mapToInt(Integer::intValue).toArray());
  }
}
