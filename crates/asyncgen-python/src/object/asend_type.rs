//! The type of `asend` awaitables, put together by hand.
//!
//! There is one for every item, so that it is what an item costs. `PyO3`'s classes have no `am_send`, by which an
//! awaitable returns its value as it is; without it, every value travels inside a `StopIteration` that is made for it
//! alone. The memory of the last one that was freed is kept for the next one.
//!
//! # Invariants
//!
//! 1. An object of this type is an [`AsendObject`], whose `asend` is there from its creation ([`create`]) to its end
//!    ([`dealloc`]): nobody else can make one (`Py_TPFLAGS_DISALLOW_INSTANTIATION`), nor derive from the type (no
//!    `Py_TPFLAGS_BASETYPE`).
//! 2. The interpreter calls these functions while it is attached, with an object of this type.
//! 3. `asend` is only borrowed in a shared way; what changes in it is in cells. The interpreter lock keeps other
//!    threads away.
#![allow(unsafe_code)]

use std::any::Any;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::Borrowed;
use pyo3::exceptions::{PyMemoryError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

use super::asend::Asend;
use super::awaitable::Awaitable;
use super::door::Entrance;
use super::spec::{make_type, slot};
use super::{GeneratorObject, hooks};
use crate::process::gate;
use crate::protocol::ending::{Progress, finish, is_special};

#[repr(C)]
struct AsendObject {
    head: ffi::PyObject,
    asend: ManuallyDrop<Asend>,
    /// What `am_send` was given, while it comes through the [door](super::door): the interpreter lends it.
    argument: Cell<*mut ffi::PyObject>,
    /// What came back is for the event loop.
    waits: Cell<bool>,
}

/// The C type of `am_send`.
type SendFunction =
    unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject, *mut *mut ffi::PyObject) -> ffi::PySendResult;

/// Memory for one object, or null. The interpreter lock keeps other threads away.
static SPARE: AtomicPtr<ffi::PyObject> = AtomicPtr::new(ptr::null_mut());

fn exchange_spare(spare: *mut ffi::PyObject) -> *mut ffi::PyObject {
    let before = SPARE.load(Ordering::Relaxed);
    SPARE.store(spare, Ordering::Relaxed);
    before
}

/// The awaitable as a Python object.
pub(crate) fn create(py: Python<'_>, asend: Asend) -> PyResult<Py<PyAny>> {
    let class = class(py)?;
    let spare = exchange_spare(ptr::null_mut());
    let object = if spare.is_null() {
        // SAFETY: attached; the type is for objects of this size.
        unsafe { ffi::PyObject_GC_New::<ffi::PyObject>(class) }
    } else {
        // SAFETY: attached; the memory was that of an object of this very type, and is not in use.
        unsafe { ffi::PyObject_Init(spare, class) }
    };
    if object.is_null() {
        return Err(PyMemoryError::new_err(()));
    }
    let this = object.cast::<AsendObject>();
    // SAFETY: the object has room for them, and is nobody else's yet.
    unsafe {
        (&raw mut (*this).asend).write(ManuallyDrop::new(asend));
        (&raw mut (*this).argument).write(Cell::new(ptr::null_mut()));
        (&raw mut (*this).waits).write(Cell::new(false));
    }
    // SAFETY: it is complete, and was not tracked.
    unsafe { ffi::PyObject_GC_Track(object.cast()) };
    // SAFETY: a new reference.
    Ok(unsafe { Bound::from_owned_ptr(py, object) }.unbind())
}

/// # Safety
///
/// `object` is of this type: invariants 1 and 2. The result is not used longer than the object lives.
unsafe fn asend<'a>(object: *mut ffi::PyObject) -> &'a Asend {
    // SAFETY: by the caller.
    unsafe { &(*object.cast::<AsendObject>()).asend }
}

/// Runs `f`; its error, or its panic, becomes the interpreter's current exception.
fn guarded<T>(failed: T, f: impl FnOnce(Python<'_>) -> PyResult<T>) -> T {
    attached(|py| {
        let _in_step = gate::begin_step(py);
        match catch_unwind(AssertUnwindSafe(|| f(py))) {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => {
                error.restore(py);
                failed
            }
            Err(panic) => {
                pyo3::panic::PanicException::new_err((message(&*panic),)).restore(py);
                failed
            }
        }
    })
}

/// The interpreter calls these functions while it is attached. This tells PyO3 so, which takes note of it unless the
/// interpreter is shutting down: objects are dropped then, too, and may run code.
fn attached<T>(f: impl FnOnce(Python<'_>) -> T) -> T {
    let mut f = Some(f);
    let result = Python::try_attach(|py| f.take().map(|f| f(py)));
    match (result.flatten(), f) {
        (Some(result), _) => result,
        // SAFETY: invariant 2.
        (None, Some(f)) => f(unsafe { Python::assume_attached() }),
        (None, None) => unreachable!("`f` was taken, and so there is its result"),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic from Rust code".to_owned())
}

/// What is sent: null and `None` are nothing.
///
/// # Safety
///
/// `value` is null, or a borrowed reference.
unsafe fn sent(py: Python<'_>, value: *mut ffi::PyObject) -> Option<Py<PyAny>> {
    // SAFETY: by the caller.
    let value = unsafe { Bound::from_borrowed_ptr_or_opt(py, value) }?;
    (!value.is_none()).then(|| value.unbind())
}

fn owned(result: Py<PyAny>) -> *mut ffi::PyObject {
    result.into_ptr()
}

/// `__anext__` of a generator object, in whose type it is a slot.
pub(super) unsafe extern "C" fn am_anext(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls it while it is attached.
    let py = unsafe { Python::assume_attached() };
    // SAFETY: it lends the object, which is of the type that has this slot, or of one that is derived from it.
    let generator = unsafe { Borrowed::from_ptr(py, object).cast_unchecked::<GeneratorObject>() };
    let create = || create(py, Asend::new((*generator).clone().unbind(), None)).map(owned);
    if generator.get().hooked.load(Ordering::Relaxed) {
        // Nothing is called of Python's, and PyO3 is not told that it is attached, which costs more than this does.
        return create().unwrap_or_else(|error| {
            error.restore(py);
            ptr::null_mut()
        });
    }
    guarded(ptr::null_mut(), |_| {
        hooks::init(&generator)?;
        create()
    })
}

unsafe extern "C" fn am_send(
    object: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
    result: *mut *mut ffi::PyObject,
) -> ffi::PySendResult {
    // SAFETY: invariant 2.
    let this = unsafe { &*object.cast::<AsendObject>() };
    this.argument.set(value);
    // SAFETY: attached, as the interpreter calls this; invariant 2.
    let value = unsafe { Entrance::send(object) };
    // SAFETY: the interpreter gives room for the result.
    unsafe { result.write(value) };
    match (value.is_null(), this.waits.get()) {
        (true, _) => ffi::PySendResult::PYGEN_ERROR,
        (false, true) => ffi::PySendResult::PYGEN_NEXT,
        (false, false) => ffi::PySendResult::PYGEN_RETURN,
    }
}

/// What `am_send` does, in the way that PyO3 calls functions.
pub(super) fn send_here(awaitable: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    let py = awaitable.py();
    if awaitable.get_type_ptr() != class(py)? {
        return Err(PyTypeError::new_err("no awaitable of a generator"));
    }
    let _in_step = gate::begin_step(py);
    // SAFETY: it is of this type: invariant 1.
    let this = unsafe { &*awaitable.as_ptr().cast::<AsendObject>() };
    // SAFETY: the interpreter lends it for the call of `am_send`, which this is inside of.
    let argument = unsafe { sent(py, this.argument.replace(ptr::null_mut())) };
    let (value, waits) = match this.asend.step(py, argument).map_err(|error| *error)? {
        Progress::Await(object) => (object, true),
        Progress::Done(value) => (value, false),
    };
    this.waits.set(waits);
    Ok(value)
}

unsafe extern "C" fn tp_iternext(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: invariant 2.
        let progress = unsafe { asend(object) }.step(py, None).map_err(|error| *error)?;
        match progress {
            // By `finish`, which takes care of them, the error is made in three steps.
            Progress::Done(value) if !is_special(value.bind(py)) => {
                // SAFETY: attached; the exception borrows the value, and is raised by returning null.
                unsafe { ffi::PyErr_SetObject(ffi::PyExc_StopIteration, value.as_ptr()) };
                Ok(ptr::null_mut())
            }
            progress => finish(py, Ok(progress)).map(owned),
        }
    })
}

unsafe extern "C" fn send(object: *mut ffi::PyObject, value: *mut ffi::PyObject) -> *mut ffi::PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: the interpreter lends the value for this call.
        let value = unsafe { sent(py, value) };
        // SAFETY: invariant 2.
        finish(py, unsafe { asend(object) }.step(py, value)).map(owned)
    })
}

unsafe extern "C" fn throw(object: *mut ffi::PyObject, args: *mut ffi::PyObject) -> *mut ffi::PyObject {
    guarded(ptr::null_mut(), |py| {
        // SAFETY: the interpreter lends a tuple for this call (`METH_VARARGS`).
        let args = unsafe { Bound::from_borrowed_ptr(py, args) };
        // SAFETY: invariant 2.
        finish(py, unsafe { asend(object) }.throw(args.cast::<PyTuple>()?)).map(owned)
    })
}

unsafe extern "C" fn close(object: *mut ffi::PyObject, _: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: invariant 2.
    guarded(ptr::null_mut(), |py| unsafe { asend(object) }.close(py).map(|()| owned(py.None())))
}

unsafe extern "C" fn itself(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: a live object.
    unsafe { ffi::Py_NewRef(object) }
}

unsafe extern "C" fn traverse(object: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: invariant 2.
    let asend = unsafe { asend(object) };
    // SAFETY: a live object.
    let class = unsafe { ffi::Py_TYPE(object) };
    for pointer in [class.cast(), asend.object_ptr(), asend.value_ptr()] {
        if !pointer.is_null() {
            // SAFETY: the collector's own function, and a reference that this object owns.
            let stop = unsafe { visit(pointer, arg) };
            if stop != 0 {
                return stop;
            }
        }
    }
    0
}

unsafe extern "C" fn dealloc(object: *mut ffi::PyObject) {
    // SAFETY: a live object.
    let class = unsafe { ffi::Py_TYPE(object) };
    // SAFETY: it was tracked when it was made.
    unsafe { ffi::PyObject_GC_UnTrack(object.cast()) };
    // SAFETY: this is the object's end, and nobody uses it any more: invariant 1.
    let asend = unsafe { ManuallyDrop::take(&mut (*object.cast::<AsendObject>()).asend) };
    match asend.into_finished() {
        // The usual end. PyO3 is not told that it is attached, which would cost more than the rest.
        // SAFETY: attached; the reference was the awaitable's own.
        Ok(generator) => unsafe { ffi::Py_DECREF(generator) },
        Err(asend) => attached(|_| drop(asend)),
    }
    let spare = exchange_spare(object);
    if !spare.is_null() {
        // SAFETY: memory that was kept by an earlier call, and that nobody uses.
        unsafe { ffi::PyObject_GC_Del(spare.cast()) };
    }
    // SAFETY: every object owns a reference to its type.
    unsafe { ffi::Py_DECREF(class.cast()) };
}

fn class(py: Python<'_>) -> PyResult<*mut ffi::PyTypeObject> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = CLASS.get_or_try_init(py, || make_class(py))?;
    Ok(class.as_ptr().cast())
}

fn make_class(py: Python<'_>) -> PyResult<Py<PyAny>> {
    Entrance::make(py)?;
    let method = |name: &'static std::ffi::CStr, function: ffi::PyCFunction, flags, doc: &'static std::ffi::CStr| {
        ffi::PyMethodDef {
            ml_name: name.as_ptr(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunction: function },
            ml_flags: flags,
            ml_doc: doc.as_ptr(),
        }
    };
    // The type keeps pointers to them for ever.
    let methods = Box::leak(Box::new([
        method(
            c"send",
            send,
            ffi::METH_O,
            c"send(value) -> resume the awaitable, raise StopIteration when it is done.",
        ),
        method(
            c"throw",
            throw,
            ffi::METH_VARARGS,
            c"throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in the awaitable.",
        ),
        method(c"close", close, ffi::METH_NOARGS, c"close() -> raise GeneratorExit inside the awaitable."),
        ffi::PyMethodDef::zeroed(),
    ]));
    let slots = [
        slot(ffi::Py_am_await, itself as ffi::unaryfunc as *mut c_void),
        slot(ffi::Py_am_send, am_send as SendFunction as *mut c_void),
        slot(ffi::Py_tp_iter, itself as ffi::getiterfunc as *mut c_void),
        slot(ffi::Py_tp_iternext, tp_iternext as ffi::iternextfunc as *mut c_void),
        slot(ffi::Py_tp_methods, methods.as_mut_ptr().cast()),
        slot(ffi::Py_tp_traverse, traverse as ffi::traverseproc as *mut c_void),
        slot(ffi::Py_tp_dealloc, dealloc as ffi::destructor as *mut c_void),
    ];
    let flags = ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_HAVE_GC | ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION;
    let (name, size) = (c"asyncgen.async_generator_asend", size_of::<AsendObject>());
    // SAFETY: the functions are written for these slots, and the methods are leaked.
    let class = unsafe { make_type(py, name, size, flags, slots, None) }?;
    Ok(class.into_any().unbind())
}
