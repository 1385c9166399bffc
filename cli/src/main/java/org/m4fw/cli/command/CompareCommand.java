package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.console.TextTable;
import org.m4fw.cli.measure.TensorDifference;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code compare}. */
@CommandLine.Command(
    description = {
      "Compares the tensors of two safetensors files or checkpoints by name: largest error, cosine"
          + " and signal-to-quantization-noise ratio, A being the signal.",
      "With a bound it fails (exit code 1) if a tensor breaks it or has another shape in B, or if no"
          + " tensor is in both; tensors that are only in one of them are listed, and an error only"
          + " with --strict."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw compare expected.safetensors out.safetensors --atol 1e-4",
      "  m4fw compare expected.safetensors out.safetensors --rtol 1e-3 --strict",
      "  m4fw compare kjv-llama kjv-llama-f16 --sqnr 60 --json"
    })
final class CompareCommand implements Command {
  @Parameters(index = "0", paramLabel = "A", description = "What is right.")
  Path a = Path.of("");

  @Parameters(index = "1", paramLabel = "B", description = "What is compared with it.")
  Path b = Path.of("");

  @Option(names = "--atol", paramLabel = "X", description = "Largest absolute error allowed.")
  Optional<Double> atol = Optional.empty();

  @Option(
      names = "--rtol",
      paramLabel = "X",
      description = "Largest error allowed as a share of A's largest magnitude.")
  Optional<Double> rtol = Optional.empty();

  @Option(names = "--sqnr", paramLabel = "DB", description = "Smallest ratio allowed, in dB.")
  Optional<Double> sqnr = Optional.empty();

  @Option(names = "--strict", description = "Fail if a tensor is only in one of them.")
  boolean strict;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  private record Row(String name, Tensor tensor, TensorDifference difference) {}

  @Override
  public void run(Console console) {
    try (Checkpoint left = Checkpoint.open(a);
        Checkpoint right = Checkpoint.open(b)) {
      List<Row> rows = new ArrayList<>();
      List<String> missing = new ArrayList<>();
      List<String> otherShape = new ArrayList<>();
      for (Tensor tensor : left.tensors().values()) {
        Tensor other = right.tensors().get(tensor.name());
        if (other == null) {
          missing.add(tensor.name());
        } else if (!other.shape().equals(tensor.shape())) {
          otherShape.add(
              "%s %s against %s".formatted(tensor.name(), tensor.shape(), other.shape()));
        } else {
          rows.add(new Row(tensor.name(), tensor, TensorDifference.between(tensor, other)));
        }
      }
      List<String> added =
          right.tensors().keySet().stream().filter(n -> !left.tensors().containsKey(n)).toList();
      if (json) {
        print(console, rows, missing, added, otherShape);
      } else {
        printTable(console, rows);
        missing.forEach(name -> console.line("only in A: " + name));
        added.forEach(name -> console.line("only in B: " + name));
        otherShape.forEach(text -> console.line("other shape: " + text));
      }
      check(rows, missing, added, otherShape);
    }
  }

  private void check(
      List<Row> rows, List<String> missing, List<String> added, List<String> otherShape) {
    if (strict) {
      for (String name : missing) {
        throw CheckError.TENSOR_MISSING.at(b, name);
      }
      for (String name : added) {
        throw CheckError.TENSOR_MISSING.at(a, name);
      }
    }
    if (!strict && atol.isEmpty() && rtol.isEmpty() && sqnr.isEmpty()) {
      return;
    }
    if (rows.isEmpty() && otherShape.isEmpty()) {
      throw CheckError.NOTHING_IN_COMMON.at(b, "", a);
    }
    for (String text : otherShape) {
      throw CheckError.SHAPE_DIFFERS.at(b, text);
    }
    for (Row row : rows) {
      TensorDifference difference = row.difference();
      // Written so that NaN fails too.
      if (atol.isPresent() && !(difference.maxError() <= atol.orElseThrow())) {
        throw CheckError.ERROR_TOO_LARGE.at(
            b, row.name(), number(difference.maxError()), number(atol.orElseThrow()));
      }
      if (rtol.isPresent() && !(difference.relativeError() <= rtol.orElseThrow())) {
        throw CheckError.RELATIVE_ERROR_TOO_LARGE.at(
            b, row.name(), number(difference.relativeError()), number(rtol.orElseThrow()));
      }
      if (sqnr.isPresent() && !(difference.sqnr() >= sqnr.orElseThrow())) {
        throw CheckError.SQNR_TOO_SMALL.at(
            b, row.name(), Amounts.decimal(difference.sqnr(), 2), number(sqnr.orElseThrow()));
      }
    }
  }

  private static void printTable(Console console, List<Row> rows) {
    TextTable table =
        new TextTable("tensor", "shape", ">max error", ">relative", ">cosine", ">SQNR dB");
    for (Row row : rows) {
      TensorDifference d = row.difference();
      table.row(
          row.name(),
          row.tensor().shape().toString(),
          number(d.maxError()),
          number(d.relativeError()),
          Amounts.decimal(d.cosine(), 7),
          Double.isInfinite(d.sqnr()) ? "equal" : Amounts.decimal(d.sqnr(), 2));
    }
    table.lines().forEach(console::line);
  }

  private static void print(
      Console console,
      List<Row> rows,
      List<String> missing,
      List<String> added,
      List<String> otherShape) {
    ObjectNode report = Json.object();
    ArrayNode tensors = report.putArray("tensors");
    for (Row row : rows) {
      TensorDifference d = row.difference();
      ObjectNode node = tensors.addObject().put("name", row.name());
      row.tensor().shape().dims().forEach(node.withArray("shape")::add);
      Json.put(node, "max_error", d.maxError());
      Json.put(node, "relative_error", d.relativeError());
      Json.put(node, "cosine", d.cosine());
      Json.put(node, "sqnr_db", d.sqnr());
    }
    Json.put(report, "only_in_a", missing);
    Json.put(report, "only_in_b", added);
    Json.put(report, "other_shape", otherShape);
    console.json(report);
  }

  private static String number(double value) {
    return String.format(java.util.Locale.ROOT, "%.3g", value);
  }
}
