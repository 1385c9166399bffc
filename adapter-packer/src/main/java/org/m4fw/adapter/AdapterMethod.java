package org.m4fw.adapter;

import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraSource;
import org.m4fw.adapter.prompt.SoftPrompt;

/** How an adapter changes a model. */
sealed interface AdapterMethod {

  /** Low-rank branches on layers of the model, perhaps with more around them. */
  record Lora(LoraAdapter adapter) implements AdapterMethod {}

  /** The same in words that only a base makes sense of. */
  record Unresolved(LoraSource source) implements AdapterMethod {}

  /** Virtual tokens. */
  record Prompt(SoftPrompt prompt) implements AdapterMethod {}
}
