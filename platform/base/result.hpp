// SPDX-License-Identifier: MIT
// Result: a value or the reason why there is none, for what the operator or the environment gets
// wrong.
//
// Errors of peers are verdicts with a counter, not Results; errors of ours are assertions
// (assert.hpp).
//
// Threads   plain values.
// Errors    reading value() of a failed Result, or error() of a good one, is our bug: it aborts.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "platform/base/assert.hpp"

namespace junctor {

// Why something failed, said to a person.
struct Error {
  // What it concerns: a file with line ("gw.json:12"), a path ("trunks[0].peers"), a device.
  std::string where;
  std::string message;  // one sentence without a full stop

  // "where: message", or the message alone.
  std::string text() const { return where.empty() ? message : where + ": " + message; }
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : data_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : data_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return data_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    JUNCTOR_ASSERT(ok());
    return *std::get_if<0>(&data_);
  }
  const T& value() const& {
    JUNCTOR_ASSERT(ok());
    return *std::get_if<0>(&data_);
  }
  T&& value() && {
    JUNCTOR_ASSERT(ok());
    return std::move(*std::get_if<0>(&data_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    JUNCTOR_ASSERT(!ok());
    return *std::get_if<1>(&data_);
  }

 private:
  std::variant<T, Error> data_;
};

// Success without a value.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const Error& error() const {
    JUNCTOR_ASSERT(!ok_);
    return error_;
  }

 private:
  Error error_;
  bool ok_ = true;
};

}  // namespace junctor
