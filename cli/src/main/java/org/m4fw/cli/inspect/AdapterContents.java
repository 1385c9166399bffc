package org.m4fw.cli.inspect;

import java.util.List;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraExtras;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.prompt.SoftPrompt;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.console.TextTable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The trained numbers of adapters, as descriptions show them. */
final class AdapterContents {
  private AdapterContents() {}

  static void lora(LoraAdapter lora, List<String> lines, ObjectNode json) {
    String type = lora.scalesRows() ? "dora" : "lora";
    lines.add(
        "  %s, %s attachment points, largest rank %s, %s parameters, scaling %s"
            .formatted(
                type, lora.pairs().size(), lora.rank(), lora.parameters(), lora.scaling().id()));
    json.put("type", type).put("scaling", lora.scaling().id());
    json.put("rank", lora.rank()).put("parameters", lora.parameters());
    lora.warnings().forEach(warning -> lines.add("  note: " + warning));
    Json.put(json, "warnings", lora.warnings());
    lines.addAll(points(lora, json));
    replaced(lora, lines, json);
  }

  static void prompt(SoftPrompt prompt, List<String> lines, ObjectNode json) {
    Shape shape = prompt.tensor().shape();
    lines.add(
        "  %s, %s virtual tokens of %s numbers each, %s parameters, %s"
            .formatted(
                prompt.kind().text(),
                shape.dim(0),
                shape.dim(1),
                shape.count(),
                prompt.tensor().dtype()));
    json.put("type", prompt.kind().text().replace(' ', '-'));
    json.put("tokens", shape.dim(0)).put("numbers", shape.dim(1));
    json.put("parameters", shape.count()).put("dtype", prompt.tensor().dtype().name());
    Json.put(json, "warnings", List.of());
  }

  static void unresolved(String kind, List<String> lines, ObjectNode json) {
    lines.add("  %s: which layers it means only a base tells; pack it for one".formatted(kind));
    json.put("type", "lora").put("format", kind);
  }

  private static List<String> points(LoraAdapter lora, ObjectNode json) {
    TextTable table = new TextTable("  point", ">in", ">out", ">rank", ">alpha", "dtype");
    ArrayNode points = json.putArray("points");
    for (LoraPair pair : lora.pairs()) {
      table.row(
          "  " + pair.point().name(),
          String.valueOf(pair.point().in()),
          String.valueOf(pair.point().out()),
          String.valueOf(pair.rank()),
          Amounts.decimal(pair.alpha(), 2),
          pair.down().dtype().name() + kernel(pair.point().kernel()));
      ObjectNode node = points.addObject().put("name", pair.point().name());
      node.put("in", pair.point().in()).put("out", pair.point().out());
      node.put("rank", pair.rank());
      if (!pair.point().kernel().isEmpty()) {
        pair.point().kernel().forEach(node.putArray("kernel")::add);
      }
      Json.put(node, "alpha", pair.alpha());
    }
    for (LoraExtras.Convolution pair : lora.extras().convolutions()) {
      Shape kernel = pair.down().shape();
      table.row(
          "  " + pair.layer(),
          String.valueOf(kernel.dim(1)),
          String.valueOf(pair.up().shape().dim(0)),
          String.valueOf(pair.rank()),
          Amounts.decimal(pair.alpha(), 2),
          pair.down().dtype() + kernel(kernel.dims().subList(2, kernel.rank())));
    }
    return table.lines();
  }

  private static String kernel(List<Long> sizes) {
    return sizes.isEmpty() ? "" : ", kernel " + sizes;
  }

  private static void replaced(LoraAdapter lora, List<String> lines, ObjectNode json) {
    ArrayNode replaced = json.putArray("replaces");
    lora.replaced()
        .forEach(
            (name, tensor) -> {
              lines.add("  replaces %s %s".formatted(name, text(tensor)));
              replaced.add(name);
            });
  }

  private static String text(Tensor tensor) {
    return "%s %s".formatted(tensor.dtype(), tensor.shape());
  }
}
