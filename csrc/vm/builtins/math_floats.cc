// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// math: functions over floats. What the C library computes is the same as in CPython; where CPython checks, so does this.
#include <cerrno>
#include <cfloat>
#include <cmath>
#include <limits>

#include "term/change.h"
#include "term/number.h"
#include "vm/builtins/floats.h"
#include "vm/builtins/tables.h"
#include "vm/items.h"
#include "vm/number_bits.h"
#include "vm/numbers.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {

bool read_double(Context& context, Term number, double* value) {
  if (is_float(number)) {
    *value = float_value(number);
    return true;
  }
  const Term made = to_float(context, number);
  if (made.is_nothing()) return false;
  if (is_not_mine(made)) {
    context.raise("TypeError", "must be real number, not " + type_name(number));
    return false;
  }
  *value = float_value(made);
  return true;
}

bool read_doubles(Context& context, Term iterable, std::vector<double>& values) {
  std::vector<Term> items;
  if (!collect_items(context, iterable, items)) return false;
  for (const Term item : items) {
    if (!read_double(context, item, &values.emplace_back())) return false;
  }
  return true;
}

Term raise_domain(Context& context) { return context.raise("ValueError", "math domain error"); }
Term raise_range(Context& context) { return context.raise("OverflowError", "math range error"); }

namespace {

/// hi + lo, exactly a product or a sum.
struct Exact {
  double hi;
  double lo;
};
Exact exact_square(double x) {
  const double product = x * x;
  return {product, std::fma(x, x, -product)};
}
/// |a| >= |b|
Exact exact_sum(double a, double b) {
  const double sum = a + b;
  return {sum, (a - sum) + b};
}

/// Of a vector whose largest number is 0.5 to 1. The sum begins at 1, so that it stays larger than what is added.
double length_of_scaled(std::span<const double> vector) {
  double sum = 1.0, of_products = 0.0, of_sums = 0.0;
  const auto add = [&](Exact product) {
    const Exact more = exact_sum(sum, product.hi);
    sum = more.hi;
    of_products += product.lo;
    of_sums += more.lo;
  };
  for (const double x : vector) add(exact_square(x));
  const double root = std::sqrt(sum - 1.0 + (of_products + of_sums));
  const Exact square = exact_square(root);
  add({-square.hi, -square.lo});
  return root + (sum - 1.0 + (of_products + of_sums)) / (2.0 * root);  // what the root is still wrong by
}

}  // namespace

double length_of_vector(std::span<double> vector) {
  double largest = 0.0;
  bool has_nan = false;
  for (double& x : vector) {
    x = std::fabs(x);
    has_nan = has_nan || std::isnan(x);
    largest = std::max(largest, x);
  }
  if (std::isinf(largest)) return largest;
  if (has_nan) return std::numeric_limits<double>::quiet_NaN();
  if (largest == 0.0 || vector.size() == 1) return largest;
  int exponent = 0;
  std::frexp(largest, &exponent);
  if (exponent < -1023) {  // the scale would be infinite
    for (double& x : vector) x /= DBL_MIN;
    return DBL_MIN * length_of_vector(vector);
  }
  const double scale = std::ldexp(1.0, -exponent);
  for (double& x : vector) x *= scale;
  return length_of_scaled(vector) / scale;
}

namespace {

using Arguments = std::span<const Term>;
using Unary = double (*)(double);

template <Unary kFunction, bool kMayOverflow = false>
Term run_unary(Context& context, Arguments arguments) {
  double x = 0;
  if (!read_double(context, arguments[0], &x)) return Term();
  const double result = kFunction(x);
  if (std::isnan(result) && !std::isnan(x)) return raise_domain(context);
  if (std::isinf(result) && std::isfinite(x)) return kMayOverflow ? raise_range(context) : raise_domain(context);
  return context.heap.make_float(result);
}

template <bool (*kTest)(double)>
Term run_test(Context& context, Arguments arguments) {
  double x = 0;
  return read_double(context, arguments[0], &x) ? Term::boolean(kTest(x)) : Term();
}

/// For a float that is a whole number.
bool is_whole(double x) { return std::isfinite(x) && x == std::floor(x); }

Term run_gamma(Context& context, Arguments arguments) {
  double x = 0;
  if (!read_double(context, arguments[0], &x)) return Term();
  if (x == -std::numeric_limits<double>::infinity() || (is_whole(x) && x <= 0)) return raise_domain(context);
  double result = 1.0;
  if (is_whole(x) && x <= 23) {  // the factorials that are exact
    for (double factor = 2.0; factor < x; ++factor) result *= factor;
  } else {
    result = std::tgamma(x);
  }
  if (std::isinf(result) && std::isfinite(x)) return raise_range(context);
  return context.heap.make_float(result);
}

Term run_lgamma(Context& context, Arguments arguments) {
  double x = 0;
  if (!read_double(context, arguments[0], &x)) return Term();
  if (is_whole(x) && x <= 0) return raise_domain(context);
  int sign = 0;
  const double result = std::isinf(x) ? std::fabs(x) : lgamma_r(x, &sign);  // lgamma() writes a global variable
  if (std::isinf(result) && std::isfinite(x)) return raise_range(context);
  return context.heap.make_float(result);
}

bool read_two(Context& context, Arguments arguments, double* x, double* y) {
  return read_double(context, arguments[0], x) && read_double(context, arguments[1], y);
}

using Binary = double (*)(double, double);

template <Binary kFunction>
Term run_binary(Context& context, Arguments arguments) {
  double x = 0, y = 0;
  if (!read_two(context, arguments, &x, &y)) return Term();
  const double result = kFunction(x, y);
  if (std::isnan(result) && !std::isnan(x) && !std::isnan(y)) return raise_domain(context);
  if (std::isinf(result) && std::isfinite(x) && std::isfinite(y)) return raise_range(context);
  return context.heap.make_float(result);
}

Term run_nextafter(Context& context, Arguments arguments) {
  double x = 0, y = 0;
  return read_two(context, arguments, &x, &y) ? context.heap.make_float(std::nextafter(x, y)) : Term();
}

Term run_pow(Context& context, Arguments arguments) {
  double x = 0, y = 0;
  if (!read_two(context, arguments, &x, &y)) return Term();
  const double result = std::pow(x, y);
  if (std::isfinite(x) && std::isfinite(y)) {
    if (std::isnan(result) || (std::isinf(result) && x == 0)) return raise_domain(context);
    if (std::isinf(result)) return raise_range(context);
  }
  return context.heap.make_float(result);
}

Term run_ldexp(Context& context, Arguments arguments) {
  double x = 0;
  if (!read_double(context, arguments[0], &x)) return Term();
  if (!is_int(arguments[1])) return context.raise("TypeError", "Expected an int as second argument to ldexp.");
  if (x == 0 || !std::isfinite(x)) return context.heap.make_float(x);
  const std::int64_t exponent = clamped_int(arguments[1]);
  if (exponent < std::numeric_limits<int>::min()) return context.heap.make_float(std::copysign(0.0, x));
  if (exponent > std::numeric_limits<int>::max()) return raise_range(context);
  const double result = std::ldexp(x, static_cast<int>(exponent));
  return std::isinf(result) ? raise_range(context) : context.heap.make_float(result);
}

Term run_frexp(Context& context, Arguments arguments) {
  double x = 0;
  int exponent = 0;
  if (!read_double(context, arguments[0], &x)) return Term();
  if (std::isfinite(x) && x != 0) x = std::frexp(x, &exponent);
  return context.heap.tuple(context.heap.make_float(x), Term::small(exponent));
}

Term run_modf(Context& context, Arguments arguments) {
  double x = 0;
  if (!read_double(context, arguments[0], &x)) return Term();
  double whole = x;
  const double rest = std::isinf(x) ? std::copysign(0.0, x) : std::modf(x, &whole);
  const Term behind = context.heap.make_float(rest);
  return context.heap.tuple(behind, context.heap.make_float(whole));
}

Term run_ulp(Context& context, Arguments arguments) {
  double x = 0;
  if (!read_double(context, arguments[0], &x)) return Term();
  if (std::isnan(x)) return arguments[0];
  x = std::fabs(x);
  if (std::isinf(x)) return context.heap.make_float(x);
  const double infinity = std::numeric_limits<double>::infinity(), next = std::nextafter(x, infinity);
  return context.heap.make_float(std::isinf(next) ? x - std::nextafter(x, -infinity) : next - x);
}

double to_degrees(double x) { return x * (180.0 / M_PI); }
double to_radians(double x) { return x * (M_PI / 180.0); }

template <Unary kConvert>
Term run_convert(Context& context, Arguments arguments) {
  double x = 0;
  return read_double(context, arguments[0], &x) ? context.heap.make_float(kConvert(x)) : Term();
}

/// a, b, rel_tol, abs_tol
Term run_isclose(Context& context, Arguments arguments) {
  double a = 0, b = 0, relative = 1e-9, absolute = 0.0;
  if (!read_two(context, arguments, &a, &b)) return Term();
  if (!arguments[2].is_nothing() && !read_double(context, arguments[2], &relative)) return Term();
  if (!arguments[3].is_nothing() && !read_double(context, arguments[3], &absolute)) return Term();
  if (relative < 0.0 || absolute < 0.0) return context.raise("ValueError", "tolerances must be non-negative");
  if (a == b) return Term::boolean(true);
  if (std::isinf(a) || std::isinf(b)) return Term::boolean(false);
  const double difference = std::fabs(b - a);
  return Term::boolean(difference <= std::fabs(relative * b) || difference <= std::fabs(relative * a) || difference <= absolute);
}

bool refuse_domain(Context& context) {
  raise_domain(context);
  return false;
}

/// The logarithm of a number; that of an int that is no float is log(mantissa) + log(2) * exponent.
template <Unary kLog>
bool log_of(Context& context, Term number, double* result) {
  double x = 0;
  std::int64_t exponent = 0;
  if (is_box(number, BoxKind::Big) && clamped_int(number) > 0) {
    x = mantissa_of(number, &exponent);
    // What fits a float is one. Above, a sum.
    if (exponent <= DBL_MAX_EXP) {
      const double whole = std::ldexp(x, static_cast<int>(exponent));
      if (std::isfinite(whole)) {
        *result = kLog(whole);
        return true;
      }
    }
    *result = kLog(x) + kLog(2.0) * static_cast<double>(exponent);
    return true;
  }
  if (is_box(number, BoxKind::Big)) return refuse_domain(context);
  if (!read_double(context, number, &x)) return false;
  *result = kLog(x);
  if ((std::isnan(*result) && !std::isnan(x)) || (std::isinf(*result) && std::isfinite(x))) return refuse_domain(context);
  return true;
}

template <Unary kLog>
Term run_log_of(Context& context, Arguments arguments) {
  double result = 0;
  return log_of<kLog>(context, arguments[0], &result) ? context.heap.make_float(result) : Term();
}

double natural(double x) { return std::log(x); }
double binary(double x) { return std::log2(x); }
double decimal(double x) { return std::log10(x); }

/// x, base
Term run_log(Context& context, Arguments arguments) {
  double result = 0, of_base = 0;
  if (!log_of<natural>(context, arguments[0], &result)) return Term();
  if (arguments[1].is_nothing()) return context.heap.make_float(result);
  if (!log_of<natural>(context, arguments[1], &of_base)) return Term();
  if (of_base == 0.0) return context.raise("ZeroDivisionError", "float division by zero");
  return context.heap.make_float(result / of_base);
}

Term run_hypot(Context& context, Arguments arguments) {
  std::vector<double> vector;
  for (const Term coordinate : arguments) {
    if (!read_double(context, coordinate, &vector.emplace_back())) return Term();
  }
  return context.heap.make_float(length_of_vector(vector));
}

/// p, q
Term run_dist(Context& context, Arguments arguments) {
  std::vector<double> p, q;
  std::vector<Term> of_p, of_q;
  if (!collect_items(context, arguments[0], of_p) || !collect_items(context, arguments[1], of_q)) return Term();
  if (of_p.size() != of_q.size()) return context.raise("ValueError", "both points must have the same number of dimensions");
  for (std::size_t i = 0; i < of_p.size(); ++i) {
    if (!read_double(context, of_p[i], &p.emplace_back()) || !read_double(context, of_q[i], &q.emplace_back())) return Term();
    p[i] = std::fabs(p[i] - q[i]);
  }
  return context.heap.make_float(length_of_vector(p));
}

/// A sum without loss: partial sums that do not overlap, smallest first. Source: J. R. Shewchuk, Adaptive Precision Floating-Point
/// Arithmetic (1997).
class ExactSum {
 public:
  /// False: it overflows on the way.
  bool add(double x) {
    const double given = x;
    std::size_t kept = 0;
    for (double partial : partials_) {
      if (std::fabs(x) < std::fabs(partial)) std::swap(x, partial);
      const Exact sum = exact_sum(x, partial);
      if (sum.lo != 0.0) partials_[kept++] = sum.lo;
      x = sum.hi;
    }
    partials_.resize(kept);
    if (x == 0.0) return true;
    if (std::isfinite(x)) {
      partials_.push_back(x);
      return true;
    }
    if (std::isfinite(given)) return false;
    if (std::isinf(given)) infinities_ += given;
    specials_ += given;
    partials_.clear();
    return true;
  }

  bool is_special() const { return specials_ != 0.0; }
  double specials() const { return specials_; }
  bool opposite_infinities() const { return std::isnan(infinities_); }

  double rounded() const {
    if (partials_.empty()) return 0.0;
    std::size_t i = partials_.size();
    Exact sum{partials_[--i], 0.0};
    while (i > 0 && sum.lo == 0.0) sum = exact_sum(sum.hi, partials_[--i]);
    // Half-way, and what is left decides.
    if (i > 0 && ((sum.lo < 0.0 && partials_[i - 1] < 0.0) || (sum.lo > 0.0 && partials_[i - 1] > 0.0))) {
      const double twice = sum.lo * 2.0, up = sum.hi + twice;
      if (twice == up - sum.hi) return up;
    }
    return sum.hi;
  }

 private:
  std::vector<double> partials_;
  double specials_ = 0.0;
  double infinities_ = 0.0;
};

Term run_fsum(Context& context, Arguments arguments) {
  ExactSum sum;
  Iteration iteration(context, arguments[0]);
  for (Term item; iteration.next(&item);) {
    double x = 0;
    if (!read_double(context, item, &x)) return Term();
    if (!sum.add(x)) return context.raise("OverflowError", "intermediate overflow in fsum");
    context.charge(4);
  }
  if (iteration.raised()) return Term();
  if (!sum.is_special()) return context.heap.make_float(sum.rounded());
  if (sum.opposite_infinities()) return context.raise("ValueError", "-inf + inf in fsum");
  return context.heap.make_float(sum.specials());
}

bool is_nan(double x) { return std::isnan(x); }
bool is_inf(double x) { return std::isinf(x); }
bool is_finite(double x) { return std::isfinite(x); }

constexpr Builtin kFunctions[] = {
    {"math.acos", "x, /", run_unary<std::acos>},
    {"math.acosh", "x, /", run_unary<std::acosh>},
    {"math.asin", "x, /", run_unary<std::asin>},
    {"math.asinh", "x, /", run_unary<std::asinh>},
    {"math.atan", "x, /", run_unary<std::atan>},
    {"math.atan2", "y, x, /", run_binary<std::atan2>},
    {"math.atanh", "x, /", run_unary<std::atanh>},
    {"math.cbrt", "x, /", run_unary<std::cbrt>},
    {"math.copysign", "x, y, /", run_binary<std::copysign>},
    {"math.cos", "x, /", run_unary<std::cos>},
    {"math.cosh", "x, /", run_unary<std::cosh, true>},
    {"math.degrees", "x, /", run_convert<to_degrees>},
    {"math.dist", "p, q, /", run_dist},
    {"math.erf", "x, /", run_unary<std::erf>},
    {"math.erfc", "x, /", run_unary<std::erfc>},
    {"math.exp", "x, /", run_unary<std::exp, true>},
    {"math.exp2", "x, /", run_unary<std::exp2, true>},
    {"math.expm1", "x, /", run_unary<std::expm1, true>},
    {"math.fabs", "x, /", run_unary<std::fabs>},
    {"math.fmod", "x, y, /", run_binary<std::fmod>},
    {"math.frexp", "x, /", run_frexp},
    {"math.fsum", "seq, /", run_fsum},
    {"math.gamma", "x, /", run_gamma},
    {"math.hypot", "*coordinates", run_hypot},
    {"math.isclose", "a, b, *, rel_tol=1e-09, abs_tol=0.0", run_isclose},
    {"math.isfinite", "x, /", run_test<is_finite>},
    {"math.isinf", "x, /", run_test<is_inf>},
    {"math.isnan", "x, /", run_test<is_nan>},
    {"math.ldexp", "x, i, /", run_ldexp},
    {"math.lgamma", "x, /", run_lgamma},
    {"math.log", "x, base=None, /", run_log},
    {"math.log10", "x, /", run_log_of<decimal>},
    {"math.log1p", "x, /", run_unary<std::log1p>},
    {"math.log2", "x, /", run_log_of<binary>},
    {"math.modf", "x, /", run_modf},
    {"math.nextafter", "x, y, /", run_nextafter},
    {"math.pow", "x, y, /", run_pow},
    {"math.radians", "x, /", run_convert<to_radians>},
    {"math.remainder", "x, y, /", run_binary<std::remainder>},
    {"math.sin", "x, /", run_unary<std::sin>},
    {"math.sinh", "x, /", run_unary<std::sinh, true>},
    {"math.sqrt", "x, /", run_unary<std::sqrt>},
    {"math.tan", "x, /", run_unary<std::tan>},
    {"math.tanh", "x, /", run_unary<std::tanh>},
    {"math.ulp", "x, /", run_ulp},
};

}  // namespace

std::span<const Builtin> math_float_functions() { return kFunctions; }

}  // namespace pyvm::vm
