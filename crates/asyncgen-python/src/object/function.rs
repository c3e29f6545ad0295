//! Functions that make asynchronous generators, and are seen as such.
//!
//! Frameworks ask `inspect.isasyncgenfunction` before they call a function, and treat what is none differently. That asks
//! for a flag of the function's `__code__`; it accepts what has a function's attributes. So these have them.

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyString, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use super::{Origin, class};
use crate::drive::body::OfCoroutine;
use crate::drive::driver::Driver;
use crate::from_coroutine::{SharedCoroutine, body};
use crate::process::gate;
use crate::process::modules::Attribute;
use crate::process::swap::Swap;
use crate::protocol::version;

/// Says of functions of an extension module, or of methods of a class, that what they return are asynchronous generators.
///
/// Each is replaced by an object that `inspect.isasyncgenfunction` knows, with the same name, signature and documentation:
/// what `FastAPI`'s `Depends`, `contextlib.asynccontextmanager`, pytest's fixtures and others look at.
///
/// ```ignore
/// #[pymodule]
/// mod pages {
///     #[pymodule_export]
///     use super::{Site, search};
///
///     #[pymodule_init]
///     fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
///         generator_functions(module, &["search"])?;
///         generator_functions(&module.getattr("Site")?, &["pages"])
///     }
/// }
/// ```
///
/// # Errors
///
/// `AttributeError` if there is no such function.
pub fn generator_functions(owner: &Bound<'_, PyAny>, names: &[&str]) -> PyResult<()> {
    version::require_main_interpreter(owner.py())?;
    names.iter().try_for_each(|name| owner.setattr(*name, GeneratorFunction::of_generators(owner.getattr(*name)?)?))
}

// A function that makes asynchronous generators. (It has no docstring of its own: that would hide the function's.)
#[pyclass(frozen, dict, weakref, name = "async_generator_function", module = "asyncgen")]
pub(crate) struct GeneratorFunction {
    function: Py<PyAny>,
    makes: Makes,
    name: Py<PyString>,
    qualname: Py<PyString>,
    module: Swap<Py<PyAny>>,
    doc: Swap<Py<PyAny>>,
}

/// What the function returns, and what has the attributes of a function of Python's that it may lack.
enum Makes {
    /// A coroutine, which becomes the body of a generator. This is its code, flagged as a generator's, if it has one.
    Coroutines(Option<Py<PyAny>>),
    /// A generator. This is a native function of the same signature.
    Generators(Py<PyAny>),
}

impl GeneratorFunction {
    pub(crate) fn of_coroutines(function: Bound<'_, PyAny>) -> PyResult<Self> {
        if !function.is_callable() {
            let kind = function.get_type().name()?;
            return Err(PyTypeError::new_err(format!("async_generator decorates a coroutine function, not {kind}")));
        }
        let code = match function.getattr_opt("__code__")? {
            Some(code) => Some(flagged(&code)?),
            None => None,
        };
        Self::new(function, Makes::Coroutines(code))
    }

    pub(crate) fn of_generators(function: Bound<'_, PyAny>) -> PyResult<Self> {
        let template = template(&function)?;
        Self::new(function, Makes::Generators(template))
    }

    fn new(function: Bound<'_, PyAny>, makes: Makes) -> PyResult<Self> {
        let py = function.py();
        let text =
            |name: &str| PyResult::Ok(function.getattr_opt(name)?.and_then(|text| text.cast_into::<PyString>().ok()));
        let name = match text("__name__")? {
            Some(name) => name,
            None => function.get_type().name()?,
        };
        let qualname = text("__qualname__")?.unwrap_or_else(|| name.clone());
        let other = |name: &str| PyResult::Ok(function.getattr_opt(name)?.map_or_else(|| py.None(), Bound::unbind));
        Ok(Self {
            name: name.unbind(),
            qualname: qualname.unbind(),
            module: Swap::new(other("__module__")?),
            doc: Swap::new(other("__doc__")?),
            function: function.unbind(),
            makes,
        })
    }

    /// The generator first, and then its coroutine: see [`SharedCoroutine::new`].
    fn generator<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        named: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let coroutine = SharedCoroutine::new();
        let driver = Driver::new(Box::new(OfCoroutine::new(body(coroutine.clone()))));
        let (name, qualname) = (self.name.bind(py).clone(), self.qualname.bind(py).clone());
        let generator = class::new(py, driver, name, qualname, Origin::Python(coroutine.clone()))?;
        coroutine.set(&self.function.bind(py).call(args, named)?)?;
        Ok(generator)
    }
}

/// The same code, flagged as that of an asynchronous generator and not of a coroutine.
fn flagged(code: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    const CO_COROUTINE: u32 = 0x80;
    const CO_ASYNC_GENERATOR: u32 = 0x200;
    let flags = code.getattr("co_flags")?.extract::<u32>()? & !CO_COROUTINE | CO_ASYNC_GENERATOR;
    Ok(code.call_method("replace", (), Some(&[("co_flags", flags)].into_py_dict(code.py())?))?.unbind())
}

/// A native generator function of the same signature as a function of an extension's, as far as that has one.
fn template(function: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    static SIGNATURE: Attribute = Attribute::new(c"inspect", "signature");
    static EXEC: Attribute = Attribute::new(c"builtins", "exec");
    let py = function.py();
    let compiled = |parameters: &str| -> PyResult<Py<PyAny>> {
        let globals = PyDict::new(py);
        EXEC.get(py)?.call1((format!("async def template{parameters}: yield"), &globals))?;
        Ok(globals.as_any().get_item("template")?.unbind())
    };
    let parameters = SIGNATURE.get(py)?.call1((function,)).and_then(|signature| signature.str());
    match parameters.and_then(|parameters| compiled(&parameters.to_string())) {
        Ok(template) => Ok(template),
        // Without a signature, or with a default value that can't be written down.
        Err(_) => compiled("(*args, **kwargs)"),
    }
}

#[pymethods]
impl GeneratorFunction {
    #[pyo3(signature = (*args, **named))]
    fn __call__<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        named: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        let _in_step = gate::begin_step(py);
        match this.makes {
            Makes::Coroutines(_) => this.generator(py, args, named),
            Makes::Generators(_) => this.function.bind(py).call(args, named),
        }
    }

    /// As a function, it becomes a method of what it is looked up in.
    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        instance: Option<&Bound<'py, PyAny>>,
        _owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        static METHOD: Attribute = Attribute::new(c"types", "MethodType");
        match instance {
            Some(instance) => METHOD.get(slf.py())?.call1((slf, instance)),
            None => Ok(slf.as_any().clone()),
        }
    }

    /// What is not said here is the function's. But `inspect.unwrap` must not find that, which makes no generators.
    fn __getattr__<'py>(&self, py: Python<'py>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let function = self.function.bind(py);
        match (&*name.to_cow()?, &self.makes) {
            ("__wrapped__", _) => Err(PyAttributeError::new_err("__wrapped__")),
            ("__name__", _) => Ok(self.name.bind(py).clone().into_any()),
            ("__qualname__", _) => Ok(self.qualname.bind(py).clone().into_any()),
            ("__code__", Makes::Coroutines(Some(code))) => Ok(code.bind(py).clone()),
            ("__code__" | "__defaults__" | "__kwdefaults__" | "__globals__", Makes::Generators(template)) => {
                template.bind(py).getattr(name)
            }
            ("__annotations__", Makes::Generators(template)) => match function.getattr_opt(name)? {
                Some(annotations) => Ok(annotations),
                None => template.bind(py).getattr(name),
            },
            _ => function.getattr(name),
        }
    }

    #[getter(__module__)]
    fn module(&self, py: Python<'_>) -> Py<PyAny> {
        self.module.with(|module| module.clone_ref(py))
    }

    #[setter(__module__)]
    fn set_module(&self, module: Py<PyAny>) {
        drop(self.module.replace(module));
    }

    #[getter(__doc__)]
    fn doc(&self, py: Python<'_>) -> Py<PyAny> {
        self.doc.with(|doc| doc.clone_ref(py))
    }

    #[setter(__doc__)]
    fn set_doc(&self, doc: Py<PyAny>) {
        drop(self.doc.replace(doc));
    }

    /// Pickled, and copied, as a function is: by its name.
    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        slf.as_any().getattr(intern!(slf.py(), "__qualname__")).map(Bound::unbind)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        Ok(format!("<function {} at {:p}>", slf.as_any().getattr(intern!(slf.py(), "__qualname__"))?, slf.as_ptr()))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.function)?;
        match &self.makes {
            Makes::Coroutines(code) => visit.call(code),
            Makes::Generators(template) => visit.call(template),
        }
    }
}
