@NullMarked
package org.m4fw.quantizer.report.page;

import org.jspecify.annotations.NullMarked;
