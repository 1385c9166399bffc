package org.m4fw.targets;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.m4fw.base.json.Fields;

/** Reads a target file ({@code docs/target.schema.json}), refusing whatever it does not know. */
final class TargetReader {
  private static final Set<String> ENCODINGS =
      Set.of(
          "f32",
          "f16",
          "int8",
          "int4-g32",
          "int4-g64",
          "int4-g128",
          "int4-g32-asym",
          "int4-g64-asym",
          "int4-g128-asym");
  private static final Set<String> LAYOUTS =
      Set.of("CANONICAL", "OFFSET_BINARY", "TRANSPOSED_NIBBLES");

  private TargetReader() {}

  static Target read(Fields file) {
    file.allowOnly(
        "$schema",
        "id",
        "description",
        "runtime",
        "operators",
        "encodings",
        "activations",
        "figures");
    return new Target(
        id(file),
        file.string("description"),
        runtime(file.object("runtime")),
        operators(file),
        encodings(file),
        file.optionalObject("activations").map(TargetReader::activations),
        figures(file.object("figures")));
  }

  private static String id(Fields file) {
    String id = file.string("id");
    if (!id.matches("[a-z0-9]+(-[a-z0-9]+)*")) {
      throw TargetError.BAD_ID.at(file.file(), "id", id);
    }
    return id;
  }

  private static InferenceRuntime runtime(Fields runtime) {
    runtime.allowOnly(
        "name",
        "format",
        "opset",
        "ir_version",
        "arithmetic",
        "key_value_cache",
        "accuracy_level",
        "host",
        "engine_builder",
        "source");
    return new InferenceRuntime(
        runtime.string("name"),
        value(runtime, "format", InferenceRuntime.GraphFormat.class),
        (int) runtime.integer("opset", 13, 64),
        (int) runtime.integer("ir_version", 8, 64),
        value(runtime, "arithmetic", FloatType.class),
        value(runtime, "key_value_cache", FloatType.class),
        (int) runtime.integer("accuracy_level", 0, 4),
        runtime.optionalString("host"),
        runtime.has("engine_builder")
            ? Optional.of(value(runtime, "engine_builder", InferenceRuntime.EngineBuilder.class))
            : Optional.empty(),
        runtime.string("source"));
  }

  private static List<Operator> operators(Fields file) {
    List<Operator> operators = new ArrayList<>();
    for (Fields entry : file.objects("operators")) {
      entry.allowOnly(
          "domain", "name", "since", "types", "max_version", "max_rank", "constants", "note");
      operators.add(
          new Operator(
              entry.optionalString("domain").orElse(Operator.ONNX),
              entry.string("name"),
              (int) entry.optionalInteger("since", 1, 64).orElse(0),
              limits(entry),
              entry.optionalString("note").orElse("")));
    }
    if (operators.isEmpty()) {
      throw TargetError.NO_OPERATORS.at(file.file(), "operators");
    }
    refuseDuplicates(file, "operators", operators, o -> o.domain() + ":" + o.name());
    return operators;
  }

  private static Operator.Limits limits(Fields entry) {
    return new Operator.Limits(
        entry.has("types") ? entry.strings("types") : List.of(),
        (int) entry.optionalInteger("max_version", 1, 64).orElse(0),
        (int) entry.optionalInteger("max_rank", 1, 8).orElse(0),
        entry.has("constants")
            ? Arrays.stream(entry.integers("constants", 0, 63)).mapToObj(i -> (int) i).toList()
            : List.of());
  }

  private static List<EncodingSupport> encodings(Fields file) {
    List<EncodingSupport> encodings = new ArrayList<>();
    for (Fields entry : file.objects("encodings")) {
      entry.allowOnly("encoding", "layout", "note");
      String encoding = entry.string("encoding");
      if (!ENCODINGS.contains(encoding)) {
        throw TargetError.UNKNOWN_ENCODING.at(file.file(), entry.path() + ".encoding", encoding);
      }
      String layout = entry.string("layout");
      if (!LAYOUTS.contains(layout)) {
        throw TargetError.UNKNOWN_VALUE.at(
            file.file(),
            entry.path() + ".layout",
            layout,
            String.join(", ", new TreeSet<>(LAYOUTS)));
      }
      encodings.add(new EncodingSupport(encoding, layout, entry.optionalString("note").orElse("")));
    }
    refuseDuplicates(file, "encodings", encodings, EncodingSupport::encoding);
    return encodings;
  }

  private static ActivationSupport activations(Fields object) {
    object.allowOnly("int8", "int16", "operators", "fixed", "source");
    List<ActivationSupport.FixedOutput> fixed = new ArrayList<>();
    for (Fields entry : object.objects("fixed")) {
      entry.allowOnly("operator", "scale_bits", "zero_point");
      fixed.add(
          new ActivationSupport.FixedOutput(
              entry.string("operator"),
              (int) entry.integer("scale_bits", 0, 30),
              (int) entry.integer("zero_point", -128, 127)));
    }
    refuseDuplicates(object, "fixed", fixed, ActivationSupport.FixedOutput::operator);
    List<String> operators = object.strings("operators");
    refuseDuplicates(object, "operators", operators, operator -> operator);
    return new ActivationSupport(
        value(object, "int8", ZeroPoint.class) == ZeroPoint.SYMMETRIC,
        object.bool("int16", false),
        new TreeSet<>(operators),
        fixed,
        object.string("source"));
  }

  /** Whether activations have a zero point. */
  private enum ZeroPoint {
    SYMMETRIC,
    ASYMMETRIC
  }

  private static Map<FigureName, Figure> figures(Fields object) {
    object.allowOnly(
        Arrays.stream(FigureName.values()).map(FigureName::key).toArray(String[]::new));
    Map<FigureName, Figure> figures = new EnumMap<>(FigureName.class);
    for (FigureName name : FigureName.values()) {
      object
          .optionalObject(name.key())
          .ifPresent(
              entry -> {
                entry.allowOnly("value", "source", "confidence");
                figures.put(
                    name,
                    new Figure(
                        entry.integer("value", 1, 1L << 60),
                        entry.string("source"),
                        value(entry, "confidence", Figure.Confidence.class)));
              });
    }
    return figures;
  }

  private static <T> void refuseDuplicates(
      Fields file, String list, List<T> entries, Function<T, String> name) {
    Set<String> seen = new TreeSet<>();
    for (T entry : entries) {
      if (!seen.add(name.apply(entry))) {
        throw TargetError.DUPLICATE.at(file.file(), list, name.apply(entry));
      }
    }
  }

  /** An enum constant, spelled in lower case. */
  private static <E extends Enum<E>> E value(Fields object, String field, Class<E> type) {
    String text = object.string(field);
    E[] constants = type.getEnumConstants();
    return Arrays.stream(constants)
        .filter(c -> c.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                TargetError.UNKNOWN_VALUE.at(
                    object.file(),
                    object.path().isEmpty() ? field : object.path() + "." + field,
                    text,
                    Arrays.stream(constants)
                        .map(c -> c.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(", "))));
  }
}
