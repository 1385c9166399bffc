package org.m4fw.tests.lite;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import org.m4fw.adapter.lite.LiteForm;

/** Forms as files hold them. */
final class LiteForms {
  private LiteForms() {}

  static byte[] bytes(LiteForm form) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    form.parts().forEach(part -> bytes.writeBytes(part.toArray(ValueLayout.JAVA_BYTE)));
    return bytes.toByteArray();
  }
}
