package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.m4fw.base.file.Storage;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.image.Assembly;
import org.m4fw.image.SignedManifest;
import org.m4fw.image.slot.Device;
import org.m4fw.image.slot.Occupant;
import org.m4fw.image.slot.SlotName;
import org.m4fw.image.slot.Slots;
import org.m4fw.image.slot.TrustVersions;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** The simulated device that a command is about. */
final class DeviceOptions {
  @Option(
      names = "--slots",
      required = true,
      paramLabel = "DIR",
      description = "The directory that stands for the device: two slots and their state.")
  Path directory = Path.of("");

  @CommandLine.Mixin RequiredTrust trust = new RequiredTrust();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  Slots slots(Console console) {
    return slots(console, image -> trust.verifier().verifySignatures(image).versions());
  }

  /**
   * As {@link #slots}, to install something: what is revoked is not installed. What is installed
   * already starts nevertheless, or a list could take a device its last image.
   */
  Slots slotsToInstall(Console console) {
    return slots(
        console, image -> revocations().apply(trust.verifier()).verifySignatures(image).versions());
  }

  private Slots slots(Console console, Function<SignedManifest, TrustVersions> accepted) {
    return new Slots(
        new Device(
            Storage.onDisk(directory),
            accepted,
            image -> KnownAnswerRun.of(console, image),
            Assembly.INTERVAL,
            OrderedWork.onAllCores(),
            console.progress()));
  }

  /** What the device knows to be revoked. */
  DeviceRevocations revocations() {
    return new DeviceRevocations(directory);
  }

  /** Says what was done and what the slots hold now. */
  void report(Console console, Slots slots, String done) {
    if (json) {
      ObjectNode report = Json.object().put("done", done);
      slots.state().active().ifPresent(active -> report.put("active", active.text()));
      ObjectNode all = report.putObject("slots");
      slots.state().slots().forEach((name, slot) -> put(all.putObject(name.text()), slot));
      ObjectNode rollback = report.putObject("rollback");
      slots.rollback().minima().forEach(rollback::put);
      TrustVersions seen = slots.rollback().seen();
      report.put("trust_root_version", seen.root());
      report.put("revocations_version", seen.revocations());
      console.json(report);
      return;
    }
    console.line(done);
    for (SlotName name : SlotName.values()) {
      boolean active = slots.state().active().equals(Optional.of(name));
      console.line(
          "  slot %s: %s%s"
              .formatted(
                  name.text(),
                  slots.state().slot(name).map(DeviceOptions::text).orElse("empty"),
                  active ? ", active" : ""));
    }
    slots
        .rollback()
        .minima()
        .forEach((domain, index) -> console.line("  rollback %s: %s".formatted(domain, index)));
    TrustVersions seen = slots.rollback().seen();
    if (seen.root() > 0) {
      console.line("  trust root seen: version " + seen.root());
    }
    if (seen.revocations() > 0) {
      console.line("  revocations seen: version " + seen.revocations());
    }
  }

  private static String text(Occupant slot) {
    return "%s %s, %s%s"
        .formatted(
            slot.product(),
            slot.version(),
            Words.of(slot.standing()),
            slot.standing() == Occupant.Standing.TRIAL
                ? ", %s starts left%s"
                    .formatted(slot.triesLeft(), slot.answered() ? ", started and tested" : "")
                : "");
  }

  private static void put(ObjectNode node, Occupant slot) {
    node.put("image_id", slot.imageId().toString());
    node.put("product", slot.product()).put("version", slot.version());
    node.put("standing", Words.of(slot.standing())).put("tries_left", slot.triesLeft());
    node.put("answered", slot.answered());
  }
}
