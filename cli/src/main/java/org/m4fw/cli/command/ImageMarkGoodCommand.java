package org.m4fw.cli.command;

import org.m4fw.cli.console.Console;
import org.m4fw.image.slot.SlotName;
import org.m4fw.image.slot.Slots;
import picocli.CommandLine;

/** {@code image mark-good}. */
@CommandLine.Command(
    description = {
      "Makes the image on trial the active one, after it was started and gave its known answers,"
          + " and then raises the device's rollback index to the image's: older ones are refused"
          + " from then on."
    },
    footer = {"", "Examples:", "  m4fw image mark-good --slots device"})
final class ImageMarkGoodCommand implements Command {
  @CommandLine.Mixin DeviceOptions device = new DeviceOptions();

  @Override
  public void run(Console console) {
    Slots slots = device.slots(console);
    SlotName slot = slots.markGood();
    device.report(console, slots, "slot %s is good".formatted(slot.text()));
  }
}
