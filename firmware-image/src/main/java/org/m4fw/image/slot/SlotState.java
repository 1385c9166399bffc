package org.m4fw.image.slot;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.DurableRecord;
import org.m4fw.base.file.Storage;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.image.Rollback;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a device knows about its slots. Stored as a {@link DurableRecord} of canonical JSON: {@code
 * {"active":"a"|"b","schema":"m4fw.slot-state/1","slots":{"a":{...},"b":{...}}}}.
 *
 * @param active the slot that is started unless another is on trial; empty before the first image
 *     was found good
 * @param slots those with an image
 */
public record SlotState(Optional<SlotName> active, Map<SlotName, Occupant> slots) {
  static final String FILE = "slots.state";
  private static final String SCHEMA = "m4fw.slot-state/1";

  /** Of a device without images. */
  public static final SlotState NONE = new SlotState(Optional.empty(), Map.of());

  public SlotState {
    Map<SlotName, Occupant> sorted = new EnumMap<>(SlotName.class);
    sorted.putAll(slots);
    slots = Collections.unmodifiableMap(sorted);
  }

  public Optional<Occupant> slot(SlotName name) {
    return Optional.ofNullable(slots.get(name));
  }

  /** The slot whose image is on trial, if there is one. */
  public Optional<SlotName> trial() {
    return slots.entrySet().stream()
        .filter(entry -> entry.getValue().is(Occupant.Standing.TRIAL))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  SlotState with(SlotName name, Occupant occupant) {
    Map<SlotName, Occupant> changed = new EnumMap<>(SlotName.class);
    changed.putAll(slots);
    changed.put(name, occupant);
    return new SlotState(active, changed);
  }

  SlotState without(SlotName name) {
    Map<SlotName, Occupant> changed = new EnumMap<>(SlotName.class);
    changed.putAll(slots);
    changed.remove(name);
    return new SlotState(active, changed);
  }

  SlotState activating(SlotName name) {
    return new SlotState(Optional.of(name), slots);
  }

  /** The state of a device; {@link #NONE} if it has none yet. */
  static SlotState read(Storage storage) {
    String file = storage.path(FILE).toString();
    return DurableRecord.read(storage.path(FILE)).map(bytes -> parse(file, bytes)).orElse(NONE);
  }

  void write(Storage storage) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    active.ifPresent(name -> node.put("active", name.text()));
    node.put("schema", SCHEMA);
    ObjectNode all = node.putObject("slots");
    slots.forEach((name, slot) -> put(all.putObject(name.text()), slot));
    DurableRecord.write(storage, FILE, CanonicalJson.bytes(node));
  }

  private static void put(ObjectNode node, Occupant slot) {
    node.put("answered", slot.answered())
        .put("domain", slot.rollback().domain())
        .put("image_id", slot.imageId().toString())
        .put("index", slot.rollback().index())
        .put("product", slot.product())
        .put("standing", slot.standing().name().toLowerCase(Locale.ROOT))
        .put("tries_left", slot.triesLeft())
        .put("version", slot.version());
    if (slot.root() > 0) {
      node.put("root", slot.root());
    }
  }

  private static SlotState parse(String file, byte[] bytes) {
    Fields fields = Fields.of(file, StrictJson.parse(file, bytes));
    fields.allowOnly("active", "schema", "slots");
    if (!fields.string("schema").equals(SCHEMA)) {
      throw SlotError.SLOTS_INVALID.at(file, "schema", fields.string("schema"), SCHEMA);
    }
    Fields slots = fields.object("slots").allowOnly("a", "b");
    Map<SlotName, Occupant> found = new EnumMap<>(SlotName.class);
    for (SlotName name : SlotName.values()) {
      slots.optionalObject(name.text()).ifPresent(slot -> found.put(name, occupant(file, slot)));
    }
    Optional<SlotName> active = fields.optionalString("active").map(text -> name(file, text));
    if (active.isPresent() && !found.containsKey(active.get())) {
      throw SlotError.SLOTS_INVALID.at(file, "active", active.get().text(), "a slot with an image");
    }
    return new SlotState(active, found);
  }

  private static Occupant occupant(String file, Fields slot) {
    slot.allowOnly(
        "answered",
        "domain",
        "image_id",
        "index",
        "product",
        "root",
        "standing",
        "tries_left",
        "version");
    return new Occupant(
        digest(file, slot.string("image_id")),
        slot.string("product"),
        slot.string("version"),
        new Rollback(slot.string("domain"), slot.integer("index", 0, (1L << 53) - 1)),
        standing(file, slot.string("standing")),
        (int) slot.integer("tries_left", 0, Occupant.TRIES),
        slot.bool("answered", false),
        (int) slot.optionalInteger("root", 0, Integer.MAX_VALUE).orElse(0));
  }

  private static SlotName name(String file, String text) {
    for (SlotName name : SlotName.values()) {
      if (name.text().equals(text)) {
        return name;
      }
    }
    throw SlotError.SLOTS_INVALID.at(file, "active", text, "a or b");
  }

  private static Occupant.Standing standing(String file, String text) {
    for (Occupant.Standing standing : Occupant.Standing.values()) {
      if (standing.name().toLowerCase(Locale.ROOT).equals(text)) {
        return standing;
      }
    }
    throw SlotError.SLOTS_INVALID.at(file, "standing", text, "trial, good or bad");
  }

  private static Digest digest(String file, String text) {
    try {
      return Digest.parse(text);
    } catch (IllegalArgumentException e) {
      throw SlotError.SLOTS_INVALID.at(file, "image_id", text, "a SHA-256 digest");
    }
  }
}
