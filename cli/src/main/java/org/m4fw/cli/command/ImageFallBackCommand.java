package org.m4fw.cli.command;

import org.m4fw.cli.console.Console;
import org.m4fw.image.slot.Slots;
import picocli.CommandLine;

/** {@code image fall-back}. */
@CommandLine.Command(
    description = {
      "Rejects the image on trial. If none is, goes back to the other good image, unless the"
          + " rollback index says that it is too old."
    },
    footer = {"", "Examples:", "  m4fw image fall-back --slots device --root trust-root.json"})
final class ImageFallBackCommand implements Command {
  @CommandLine.Mixin DeviceOptions device = new DeviceOptions();

  @Override
  public void run(Console console) {
    Slots slots = device.slots(console);
    String done =
        slots
            .fallBack()
            .map(slot -> "back to slot " + slot.text())
            .orElse("rejected; there is no other image to start");
    device.report(console, slots, done);
  }
}
