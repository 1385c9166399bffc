package org.m4fw.cli.command;

import java.nio.file.Path;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.cli.console.Console;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Kind;
import org.m4fw.image.delta.Delta;
import org.m4fw.image.slot.SlotName;
import org.m4fw.image.slot.Slots;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

/** {@code image install}. */
@CommandLine.Command(
    description = {
      "Installs an image, or what a delta makes of the active image, as a device does: verified,"
          + " into the slot that is not in use, on trial. Interrupted at any point, by a power cut"
          + " too, the device still has the old image, and the same command goes on.",
      "Then 'image boot' starts it, 'image mark-good' makes it the active one, 'image fall-back'"
          + " rejects it. What a list of revocations that the image carries names is not installed from then"
          + " on."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw image install phone-1.0.0.m4img --slots device --root trust-root.json",
      "  m4fw image install 1.0.0-to-1.1.0.m4delta --slots device --root trust-root.json"
    })
final class ImageInstallCommand implements Command {
  @Parameters(paramLabel = "IMAGE|DELTA", description = "What to install.")
  Path source = Path.of("");

  @CommandLine.Mixin DeviceOptions device = new DeviceOptions();

  @Override
  public void run(Console console) {
    Slots slots = device.slotsToInstall(console);
    SlotName slot = isDelta() ? installDelta(console, slots) : installImage(slots);
    adoptRevocations(console, slots, slot);
    device.report(console, slots, "installed into slot " + slot.text());
  }

  /** A list that does not count is no reason to give the image up, which is trusted for itself. */
  private void adoptRevocations(Console console, Slots slots, SlotName slot) {
    try (ImageFile installed = ImageFile.open(device.directory.resolve(slot.file()))) {
      device
          .revocations()
          .adopt(installed, device.trust.verifier())
          .ifPresent(
              list ->
                  console.note(
                      "the image brings revocations, version %s".formatted(list.version())));
      // After the list is there: a version that nothing here has would let nothing in.
      slots.remember(
          device.revocations().apply(device.trust.verifier()).versions(installed.signedManifest()));
    } catch (ProblemException e) {
      console.notice("revocations that do not count: " + e.problem().text());
    }
  }

  private boolean isDelta() {
    try (ImageFile file = ImageFile.open(source)) {
      return file.manifest().kind() == Kind.DELTA;
    }
  }

  private SlotName installDelta(Console console, Slots slots) {
    try (Delta delta = Delta.open(source, console.progress())) {
      return slots.install(delta);
    }
  }

  private SlotName installImage(Slots slots) {
    try (ImageFile image = ImageFile.open(source, Kind.IMAGE)) {
      return slots.install(image);
    }
  }
}
