;; Attention of 12 heads of 32 numbers. A row of $qkv is a token's query, key and value, 384 floats each.

;; $scores[0..n) = the weights of all tokens for the query at $query: the softmax of query · key / √32, not yet
;; divided by its sum, which is returned. $scores: room for n rounded up to a multiple of 4.
(func $weigh (param $query i32) (param $key i32) (param $n i32) (param $scores i32) (result f32)
  (local $at i32) (local $end i32)
  (local $q0 v128) (local $q1 v128) (local $q2 v128) (local $q3 v128)
  (local $q4 v128) (local $q5 v128) (local $q6 v128) (local $q7 v128)
  (local $v v128) (local $max v128)
  (local.set $v (v128.const f32x4 0.17677669 0.17677669 0.17677669 0.17677669))
  (local.set $q0 (f32x4.mul (local.get $v) (v128.load (local.get $query))))
  (local.set $q1 (f32x4.mul (local.get $v) (v128.load offset=16 (local.get $query))))
  (local.set $q2 (f32x4.mul (local.get $v) (v128.load offset=32 (local.get $query))))
  (local.set $q3 (f32x4.mul (local.get $v) (v128.load offset=48 (local.get $query))))
  (local.set $q4 (f32x4.mul (local.get $v) (v128.load offset=64 (local.get $query))))
  (local.set $q5 (f32x4.mul (local.get $v) (v128.load offset=80 (local.get $query))))
  (local.set $q6 (f32x4.mul (local.get $v) (v128.load offset=96 (local.get $query))))
  (local.set $q7 (f32x4.mul (local.get $v) (v128.load offset=112 (local.get $query))))
  (local.set $at (local.get $scores))
  (local.set $end (i32.add (local.get $scores) (i32.shl (local.get $n) (i32.const 2))))
  (loop $keys
    (local.set $v
      (f32x4.add
        (f32x4.add
          (f32x4.add
            (f32x4.mul (local.get $q0) (v128.load (local.get $key)))
            (f32x4.mul (local.get $q1) (v128.load offset=16 (local.get $key))))
          (f32x4.add
            (f32x4.mul (local.get $q2) (v128.load offset=32 (local.get $key)))
            (f32x4.mul (local.get $q3) (v128.load offset=48 (local.get $key)))))
        (f32x4.add
          (f32x4.add
            (f32x4.mul (local.get $q4) (v128.load offset=64 (local.get $key)))
            (f32x4.mul (local.get $q5) (v128.load offset=80 (local.get $key))))
          (f32x4.add
            (f32x4.mul (local.get $q6) (v128.load offset=96 (local.get $key)))
            (f32x4.mul (local.get $q7) (v128.load offset=112 (local.get $key)))))))
    (f32.store (local.get $at) (call $add_lanes (local.get $v)))
    (local.set $key (i32.add (local.get $key) (i32.const 4608)))
    (local.set $at (i32.add (local.get $at) (i32.const 4)))
    (br_if $keys (i32.lt_u (local.get $at) (local.get $end))))
  ;; Up to a multiple of 4, what has no weight.
  (v128.store (local.get $at) (v128.const f32x4 -1e30 -1e30 -1e30 -1e30))

  (local.set $max (v128.load (local.get $scores)))
  (local.set $at (local.get $scores))
  (loop $maxima
    (local.set $max (f32x4.max (local.get $max) (v128.load (local.get $at))))
    (local.set $at (i32.add (local.get $at) (i32.const 16)))
    (br_if $maxima (i32.lt_u (local.get $at) (local.get $end))))
  (local.set $max (f32x4.splat (call $max_lane (local.get $max))))

  (local.set $q0 (v128.const f32x4 0 0 0 0))
  (local.set $at (local.get $scores))
  (loop $powers
    (local.set $v (call $exp (f32x4.sub (v128.load (local.get $at)) (local.get $max))))
    (v128.store (local.get $at) (local.get $v))
    (local.set $q0 (f32x4.add (local.get $q0) (local.get $v)))
    (local.set $at (i32.add (local.get $at) (i32.const 16)))
    (br_if $powers (i32.lt_u (local.get $at) (local.get $end))))
  (call $add_lanes (local.get $q0)))

;; $to[0..32) = the sum of the values from $value on, times $scores, times $factor.
(func $blend (param $scores i32) (param $value i32) (param $n i32) (param $factor f32) (param $to i32)
  (local $end i32)
  (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
  (local $s4 v128) (local $s5 v128) (local $s6 v128) (local $s7 v128)
  (local $p v128)
  (local.set $end (i32.add (local.get $scores) (i32.shl (local.get $n) (i32.const 2))))
  (loop $values
    (local.set $p (v128.load32_splat (local.get $scores)))
    (local.set $s0 (f32x4.add (local.get $s0) (f32x4.mul (local.get $p) (v128.load (local.get $value)))))
    (local.set $s1 (f32x4.add (local.get $s1) (f32x4.mul (local.get $p) (v128.load offset=16 (local.get $value)))))
    (local.set $s2 (f32x4.add (local.get $s2) (f32x4.mul (local.get $p) (v128.load offset=32 (local.get $value)))))
    (local.set $s3 (f32x4.add (local.get $s3) (f32x4.mul (local.get $p) (v128.load offset=48 (local.get $value)))))
    (local.set $s4 (f32x4.add (local.get $s4) (f32x4.mul (local.get $p) (v128.load offset=64 (local.get $value)))))
    (local.set $s5 (f32x4.add (local.get $s5) (f32x4.mul (local.get $p) (v128.load offset=80 (local.get $value)))))
    (local.set $s6 (f32x4.add (local.get $s6) (f32x4.mul (local.get $p) (v128.load offset=96 (local.get $value)))))
    (local.set $s7 (f32x4.add (local.get $s7) (f32x4.mul (local.get $p) (v128.load offset=112 (local.get $value)))))
    (local.set $value (i32.add (local.get $value) (i32.const 4608)))
    (local.set $scores (i32.add (local.get $scores) (i32.const 4)))
    (br_if $values (i32.lt_u (local.get $scores) (local.get $end))))
  (local.set $p (f32x4.splat (local.get $factor)))
  (v128.store (local.get $to) (f32x4.mul (local.get $p) (local.get $s0)))
  (v128.store offset=16 (local.get $to) (f32x4.mul (local.get $p) (local.get $s1)))
  (v128.store offset=32 (local.get $to) (f32x4.mul (local.get $p) (local.get $s2)))
  (v128.store offset=48 (local.get $to) (f32x4.mul (local.get $p) (local.get $s3)))
  (v128.store offset=64 (local.get $to) (f32x4.mul (local.get $p) (local.get $s4)))
  (v128.store offset=80 (local.get $to) (f32x4.mul (local.get $p) (local.get $s5)))
  (v128.store offset=96 (local.get $to) (f32x4.mul (local.get $p) (local.get $s6)))
  (v128.store offset=112 (local.get $to) (f32x4.mul (local.get $p) (local.get $s7))))

;; $to, f32[n][384], from $qkv, f32[n][1152]. $scores: room for n + 4 floats.
(func (export "attention") (param $qkv i32) (param $n i32) (param $scores i32) (param $to i32)
  (local $head i32) (local $token i32) (local $query i32) (local $out i32)
  (loop $heads
    (local.set $token (i32.const 0))
    (local.set $query (local.get $qkv))
    (local.set $out (i32.add (local.get $to) (local.get $head)))
    (loop $tokens
      (call $blend
        (local.get $scores)
        (i32.add (local.get $qkv) (i32.const 3072))
        (local.get $n)
        (f32.div (f32.const 1)
          (call $weigh
            (local.get $query)
            (i32.add (local.get $qkv) (i32.const 1536))
            (local.get $n)
            (local.get $scores)))
        (local.get $out))
      (local.set $query (i32.add (local.get $query) (i32.const 4608)))
      (local.set $out (i32.add (local.get $out) (i32.const 1536)))
      (local.set $token (i32.add (local.get $token) (i32.const 1)))
      (br_if $tokens (i32.lt_u (local.get $token) (local.get $n))))
    (local.set $qkv (i32.add (local.get $qkv) (i32.const 128)))
    (local.set $head (i32.add (local.get $head) (i32.const 128)))
    (br_if $heads (i32.lt_u (local.get $head) (i32.const 1536)))))
