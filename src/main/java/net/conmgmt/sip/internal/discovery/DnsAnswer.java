package net.conmgmt.sip.internal.discovery;

import java.util.List;

/**
 * The outcome of a DNS query.
 *
 * @param kind whether there are records
 * @param records the records, of kind {@code FOUND} only
 * @param detail what happened, for a person; empty when there are records
 */
record DnsAnswer<T>(Kind kind, List<T> records, String detail) {

  /** The three ends of a query. */
  enum Kind {
    /** There is at least one record. */
    FOUND,
    /** DNS says that there is none: the name does not exist, or has no such record. */
    NONE,
    /** DNS did not say: time-out, server failure, refusal, bad answers. */
    FAILED
  }

  DnsAnswer {
    records = List.copyOf(records);
  }

  static <T> DnsAnswer<T> found(List<T> records) {
    return new DnsAnswer<>(Kind.FOUND, records, "");
  }

  static <T> DnsAnswer<T> none(String detail) {
    return new DnsAnswer<>(Kind.NONE, List.of(), detail);
  }

  static <T> DnsAnswer<T> failed(String detail) {
    return new DnsAnswer<>(Kind.FAILED, List.of(), detail);
  }
}
