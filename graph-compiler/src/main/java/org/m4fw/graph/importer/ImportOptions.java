package org.m4fw.graph.importer;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.m4fw.base.json.Fields;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.pass.AdapterSlots;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which part of a checkpoint is wanted, and in which variant.
 *
 * @param file what says so, for messages
 * @param item where in that file
 * @param parts the names of the parts; empty for all that a checkpoint usually is taken as
 * @param settings fields that the checkpoint's own configuration does not have, because it was
 *     trained with changed code: {@link #SETTINGS}
 */
public record ImportOptions(
    String file, String item, SortedSet<String> parts, SortedMap<String, JsonNode> settings) {
  private static final String SLOTS = "adapter_slots";

  /** The known settings: {@code adapter_slots} of all models, of ImageBind the others. */
  public static final SortedSet<String> SETTINGS =
      Collections.unmodifiableSortedSet(
          new TreeSet<>(List.of(SLOTS, "imu_stride", "text_causal_mask")));

  public ImportOptions {
    parts = Collections.unmodifiableSortedSet(new TreeSet<>(parts));
    settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
  }

  /** The whole checkpoint as it says itself. */
  public static ImportOptions none() {
    return new ImportOptions("", "", new TreeSet<>(), new TreeMap<>());
  }

  boolean wants(String part) {
    return parts.isEmpty() || parts.contains(part);
  }

  /** A configuration with the settings in the place of its own fields. */
  Fields over(Fields config) {
    SortedMap<String, JsonNode> own = ofFamily();
    if (own.isEmpty() || !(config.node() instanceof ObjectNode stated)) {
      return config;
    }
    ObjectNode merged = stated.deepCopy();
    own.forEach(merged::set);
    return Fields.of(config.file(), merged);
  }

  /** Refuses settings where there is nothing to set. */
  void refuseSettings(String architecture) {
    if (!ofFamily().isEmpty()) {
      throw ImportError.UNKNOWN_SETTING.at(
          file, item, String.join(", ", ofFamily().keySet()), architecture);
    }
  }

  private SortedMap<String, JsonNode> ofFamily() {
    SortedMap<String, JsonNode> own = new TreeMap<>(settings);
    own.remove(SLOTS);
    return own;
  }

  /** The room that adapters get beside what every graph has. */
  Set<AdapterSlots.Slot> adapterSlots() {
    Set<AdapterSlots.Slot> slots = EnumSet.noneOf(AdapterSlots.Slot.class);
    JsonNode stated = settings.get(SLOTS);
    if (stated != null && !stated.isArray()) {
      throw ImportError.UNKNOWN_SLOT.at(file, item, stated, slotNames());
    }
    for (JsonNode word : stated == null ? List.<JsonNode>of() : stated.values()) {
      slots.add(
          AdapterSlots.of(word.isString() ? word.stringValue() : "")
              .orElseThrow(() -> ImportError.UNKNOWN_SLOT.at(file, item, word, slotNames())));
    }
    return slots;
  }

  private static String slotNames() {
    return Stream.of(AdapterSlots.Slot.values())
        .map(AdapterSlots.Slot::id)
        .collect(Collectors.joining(", "));
  }

  /** Refuses parts that are not among these. */
  void requireAmong(Collection<String> known) {
    for (String part : parts) {
      if (!known.contains(part)) {
        throw ImportError.NO_SUCH_PART.at(file, item, part, String.join(", ", known));
      }
    }
  }

  /** The wanted parts of a model, all of which have to be there. */
  Model of(Model model) {
    requireAmong(model.parts().keySet());
    SequencedMap<String, Graph> wanted = new LinkedHashMap<>(model.parts());
    wanted.keySet().removeIf(part -> !wants(part));
    Model chosen =
        AdapterSlots.apply(
            new Model(model.architecture(), wanted, model.leftOut()), adapterSlots());
    return wanted.size() == model.parts().size() ? chosen.withStages(model.stages()) : chosen;
  }
}
