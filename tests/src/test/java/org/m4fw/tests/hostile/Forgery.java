package org.m4fw.tests.hostile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.StrictJson;
import org.m4fw.image.Envelope;
import org.m4fw.image.Kind;
import org.m4fw.image.framing.ContainerLayout;
import org.m4fw.image.framing.Entry;
import org.m4fw.image.framing.Header;
import org.m4fw.image.framing.ZipRecords;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an attacker can do to the good image. Without a key: any bytes, and a right header checksum.
 * With one, as a signer gone bad or a broken build: any envelope and manifest, with framing that
 * agrees.
 */
final class Forgery {
  private final GoodImage good;
  private final byte[] image;

  Forgery(GoodImage good) {
    this.good = good;
    this.image = good.bytes();
  }

  /** Some bytes at a place replaced. */
  byte[] patched(long at, int... bytes) {
    byte[] forged = image.clone();
    for (int i = 0; i < bytes.length; i++) {
      forged[(int) at + i] = (byte) bytes[i];
    }
    return forged;
  }

  byte[] flipped(long at) {
    return patched(at, image[(int) at] ^ 0x20);
  }

  /** Fields of the header, with a right checksum. */
  byte[] header(Consumer<ByteBuffer> edit) {
    return header(image, edit);
  }

  private static byte[] header(byte[] image, Consumer<ByteBuffer> edit) {
    byte[] forged = image.clone();
    ByteBuffer header =
        ByteBuffer.wrap(forged, GoodImage.HEADER, 4032).slice().order(ByteOrder.LITTLE_ENDIAN);
    edit.accept(header);
    byte[] bytes = new byte[4032];
    header.get(0, bytes);
    header.putInt(Header.CHECKED, Header.checksum(bytes));
    return forged;
  }

  /** Another envelope in the slot; the framing is that of the old one. */
  byte[] envelope(byte[] envelope) {
    byte[] forged =
        header(image, header -> header.putLong(Header.ENVELOPE_LENGTH_AT, envelope.length));
    Arrays.fill(forged, GoodImage.ENVELOPE, GoodImage.ENVELOPE + slot(), (byte) ' ');
    System.arraycopy(envelope, 0, forged, GoodImage.ENVELOPE, envelope.length);
    return forged;
  }

  byte[] envelope(String text) {
    return envelope(text.getBytes(StandardCharsets.UTF_8));
  }

  String envelopeText() {
    return new String(good.envelope().bytes(), StandardCharsets.UTF_8);
  }

  /** Another payload, well signed. */
  byte[] payload(byte[] payload) {
    return envelope(good.sign(Kind.IMAGE, payload).bytes());
  }

  byte[] payload(String payload) {
    return payload(payload.getBytes(StandardCharsets.UTF_8));
  }

  /** The payload with a text replaced that is there, well signed. */
  byte[] replaced(String text, String by) {
    if (!good.payload().contains(text)) {
      throw new IllegalArgumentException(text);
    }
    return payload(good.payload().replace(text, by));
  }

  byte[] manifest(Consumer<ObjectNode> edit) {
    return payload(CanonicalJson.bytes(edited(edit)));
  }

  byte[] section(int index, Consumer<ObjectNode> edit) {
    return manifest(manifest -> edit.accept(section(manifest, index)));
  }

  static ObjectNode section(JsonNode manifest, int index) {
    return (ObjectNode) manifest.get("sections").get(index);
  }

  JsonNode manifest() {
    return StrictJson.parse("manifest", good.envelope().payload());
  }

  ObjectNode edited(Consumer<ObjectNode> edit) {
    ObjectNode manifest = (ObjectNode) manifest();
    edit.accept(manifest);
    return manifest;
  }

  /** Another manifest, well signed, with header and records that agree with it. */
  byte[] reframed(Consumer<ObjectNode> edit) {
    byte[] payload = CanonicalJson.bytes(edited(edit));
    return framed(payload, good.sign(Kind.IMAGE, payload));
  }

  /** The image with this envelope, everything around it as it has to be. */
  byte[] framed(byte[] payload, Envelope envelope) {
    return framed(payload, envelope.bytes());
  }

  byte[] framed(byte[] payload, byte[] envelope) {
    JsonNode manifest = StrictJson.parse("manifest", payload);
    List<ContainerLayout.Shape> shapes = new ArrayList<>();
    List<Integer> checksums = new ArrayList<>();
    for (JsonNode section : manifest.get("sections")) {
      shapes.add(
          new ContainerLayout.Shape(
              section.get("id").stringValue(),
              section.get("name").stringValue(),
              section.get("length").longValue()));
      checksums.add((int) section.get("tree_crc32").longValue());
      checksums.add((int) section.get("crc32").longValue());
    }
    ContainerLayout layout = ContainerLayout.of(14, slot(), shapes);
    byte[] forged = envelope(envelope);
    byte[] header = Header.of(1, layout, envelope.length, Digest.of(payload)).encode();
    byte[] slot = Arrays.copyOfRange(forged, GoodImage.ENVELOPE, GoodImage.ENVELOPE + slot());
    checksums.addAll(0, List.of(crc(header), crc(slot)));
    ByteBuffer out = ByteBuffer.wrap(forged);
    out.put(GoodImage.HEADER, header);
    int central = (int) layout.centralDirectoryOffset();
    for (int i = 0; i < layout.entries().size(); i++) {
      Entry entry = layout.entries().get(i);
      out.put((int) entry.headerOffset(), ZipRecords.local(entry, checksums.get(i)));
      out.put(central, ZipRecords.central(entry, checksums.get(i)));
      central += ZipRecords.centralLength(entry);
    }
    return forged;
  }

  int slot() {
    return (int)
        ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).getLong(GoodImage.HEADER + 32);
  }

  private static int crc(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
