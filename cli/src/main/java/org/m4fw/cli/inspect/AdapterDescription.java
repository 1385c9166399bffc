package org.m4fw.cli.inspect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.adapter.pack.PackageContent;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.console.TextTable;
import tools.jackson.databind.node.ObjectNode;

/** Describes adapters, packaged or as they were trained. */
public final class AdapterDescription {
  private AdapterDescription() {}

  /** What the package or directory holds; all of it is read and checked but its signatures. */
  public static Description of(Path path, OptionalDouble alpha) {
    try (OpenAdapter open = Adapters.open(path, alpha)) {
      LoraAdapter lora = open.lora();
      List<String> lines = new ArrayList<>();
      ObjectNode json = Description.json("adapter", path);
      json.put("packaged", open.packaged().isPresent());
      lines.add(
          "%s: %s"
              .formatted(path, open.packaged().isPresent() ? "an adapter package" : "an adapter"));
      open.packaged().ifPresent(packaged -> describe(packaged, lines, json));
      lines.add(
          "  lora, %s attachment points, largest rank %s, %s parameters, scaling %s"
              .formatted(lora.pairs().size(), lora.rank(), lora.parameters(), lora.scaling().id()));
      json.put("type", "lora").put("scaling", lora.scaling().id());
      json.put("rank", lora.rank()).put("parameters", lora.parameters());
      lora.warnings().forEach(warning -> lines.add("  note: " + warning));
      Json.put(json, "warnings", lora.warnings());
      lines.addAll(points(lora, json));
      return new Description(lines, json);
    }
  }

  private static void describe(AdapterPackage packaged, List<String> lines, ObjectNode json) {
    PackageContent content = packaged.content();
    lines.add("  %s %s".formatted(packaged.id(), packaged.version()));
    lines.add("  for %s %s".formatted(content.base().interfaceId(), content.base().versions()));
    content.licence().ifPresent(licence -> lines.add("  licence " + licence));
    json.put("id", packaged.id()).put("version", packaged.version());
    json.put("image_id", packaged.imageId().toString());
    json.put("interface", content.base().interfaceId());
    json.put("versions", content.base().versions().toString());
    json.put("weights", content.base().weights().toString());
    content.licence().ifPresent(licence -> json.put("licence", licence));
    content.task().ifPresent(task -> json.set("task", task));
  }

  private static List<String> points(LoraAdapter lora, ObjectNode json) {
    TextTable table = new TextTable("  point", ">in", ">out", ">rank", ">alpha", "dtype");
    var points = json.putArray("points");
    for (LoraPair pair : lora.pairs()) {
      table.row(
          "  " + pair.point().name(),
          String.valueOf(pair.point().in()),
          String.valueOf(pair.point().out()),
          String.valueOf(pair.rank()),
          Amounts.decimal(pair.alpha(), 2),
          pair.down().dtype().name());
      ObjectNode node = points.addObject().put("name", pair.point().name());
      node.put("in", pair.point().in()).put("out", pair.point().out());
      node.put("rank", pair.rank());
      Json.put(node, "alpha", pair.alpha());
    }
    return table.lines();
  }
}
