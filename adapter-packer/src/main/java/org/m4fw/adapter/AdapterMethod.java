package org.m4fw.adapter;

import org.m4fw.adapter.delta.LitLlamaLora;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.prompt.SoftPrompt;

/** How an adapter changes a model. */
sealed interface AdapterMethod {

  /** Low-rank branches on layers of the model, perhaps with more around them. */
  record Lora(LoraAdapter adapter) implements AdapterMethod {}

  /** Low-rank branches on layers that are one in the trainer and several in the model. */
  record FusedLora(LitLlamaLora adapter) implements AdapterMethod {}

  /** Virtual tokens. */
  record Prompt(SoftPrompt prompt) implements AdapterMethod {}
}
